import type {Alert, Notice} from './alert.js';
import {isWorse} from './alert.js';
import {type Condition, type ConditionRule, isFiring, nextCondition, QUIET, type Seen} from './condition.js';
import type {Ack, AlertRecord, Claim, DeliveredRecord, NoticeRecord, Told} from './record.js';

const NOBODY = {told: {}, claims: {}, failed: {}} as const;

export type Observation = {
	readonly alert: Alert;
	readonly seen: Seen;
	readonly rule: ConditionRule;
};

/** A record after a look; undefined where there is nothing to keep, the record itself where nothing has changed. */
export function observeInto(
	record: AlertRecord | undefined,
	{alert, seen, rule}: Observation,
	nowMs: number,
): AlertRecord | undefined {
	const before: Condition = record?.condition ?? QUIET;
	const condition = nextCondition(before, seen, rule, nowMs);
	if (record === undefined && condition.phase === 'quiet') return undefined;
	const isBegun = isFiring(condition) && !isFiring(before);
	const isEnded = !isFiring(condition) && isFiring(before);
	// The last words on what was bad are those of the last bad look.
	const latest = record !== undefined && seen !== 'bad' ? record.alert : alert;
	const ack = isBegun || isEnded ? null : ackAfter(record?.ack ?? null, latest);
	if (record !== undefined && condition === before && sameWords(latest, record.alert) && ack === record.ack)
		return record;
	return {
		kind: 'alert',
		key: alert.key,
		version: record?.version ?? 0,
		alert: latest,
		condition,
		firedAtMs: isBegun ? nowMs : (record?.firedAtMs ?? null),
		endedAtMs: isEnded ? nowMs : isFiring(condition) ? null : (record?.endedAtMs ?? null),
		ack,
		...(record === undefined ? NOBODY : {told: record.told, claims: record.claims, failed: record.failed}),
	};
}

export function makeNoticeRecord(notice: Notice, nowMs: number): NoticeRecord {
	return {kind: 'notice', key: notice.key, version: 0, notice, atMs: nowMs, ...NOBODY};
}

export function acknowledge(record: AlertRecord, ack: Omit<Ack, 'severity'>): AlertRecord {
	return {...record, ack: {...ack, severity: record.alert.severity}};
}

export function withClaim<R extends DeliveredRecord>(record: R, receiver: string, claim: Claim): R {
	return {...record, claims: {...record.claims, [receiver]: claim}};
}

/** The receiver has taken it. */
export function withTold<R extends DeliveredRecord>(record: R, receiver: string, told: Told): R {
	return {
		...record,
		told: {...record.told, [receiver]: told},
		claims: without(record.claims, receiver),
		failed: without(record.failed, receiver),
	};
}

/** It was given up to reach the receiver, for now. */
export function withFailure<R extends DeliveredRecord>(record: R, receiver: string, atMs: number): R {
	return {...record, claims: without(record.claims, receiver), failed: {...record.failed, [receiver]: atMs}};
}

function without<T>(of: Readonly<Record<string, T>>, name: string): Record<string, T> {
	return Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));
}

function ackAfter(ack: Ack | null, {severity}: Alert): Ack | null {
	return ack !== null && isWorse(severity, ack.severity) ? null : ack;
}

function sameWords(a: Alert, b: Alert): boolean {
	return a === b || JSON.stringify(a) === JSON.stringify(b);
}
