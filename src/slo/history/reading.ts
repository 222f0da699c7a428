import {canonicalJson, sha256} from '../../kernel/canonical.js';
import type {Events} from '../events.js';
import type {MeasuredObjective} from '../objective.js';

/** The counters of one instance, as far as the objectives need them, at one moment. */
export type Reading = {
	/** Milliseconds since the epoch, by our clock. */
	readonly atMs: number;
	/** Where it was read; without credentials. */
	readonly instance: string;
	/** When its process started, by its own clock; null where it does not tell. */
	readonly startedMs: number | null;
	/** By `readingKey`: counted since the start, or null where no such series is there yet. */
	readonly counts: Readonly<Record<string, Events | null>>;
};

/** What an objective counts: readings of a definition that has changed since are no use to the new one. */
export function readingKey({kind, thresholdMs, alarm, indicator}: MeasuredObjective): string {
	return sha256(canonicalJson({kind, thresholdMs, alarmMs: alarm?.thresholdMs, indicator})).slice(0, 12);
}

/** One line of the file; counts in the order of `Events`' fields. */
export function readingLine({atMs, instance, startedMs, counts}: Reading): string {
	const told = Object.entries(counts).map(([key, events]) => [key, events === null ? null : toNumbers(events)]);
	return JSON.stringify({at: atMs, instance, started: startedMs, counts: Object.fromEntries(told)});
}

/** Undefined where the line is none: torn by a crash, or written by another hand. */
export function parseReadingLine(line: string): Reading | undefined {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		return undefined;
	}
	if (!isRecord(value) || !isRecord(value['counts'])) return undefined;
	const {at, instance, started = null, counts} = value;
	if (!isNumber(at) || typeof instance !== 'string' || !(started === null || isNumber(started))) return undefined;
	const parsed: Record<string, Events | null> = {};
	for (const [key, told] of Object.entries(counts)) {
		const events = told === null ? null : fromNumbers(told);
		if (events === undefined) return undefined;
		parsed[key] = events;
	}
	return {atMs: at, instance, startedMs: started, counts: parsed};
}

function toNumbers({total, good, unsure, alarmGood, alarmUnsure}: Events): number[] {
	return [total, good, unsure, alarmGood, alarmUnsure];
}

function fromNumbers(told: unknown): Events | undefined {
	if (!Array.isArray(told) || told.length !== 5 || !told.every((count) => Number.isFinite(count) && count >= 0))
		return undefined;
	const [total, good, unsure, alarmGood, alarmUnsure] = told as [number, number, number, number, number];
	return {total, good, unsure, alarmGood, alarmUnsure};
}

function isNumber(value: unknown): value is number {
	return Number.isFinite(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
