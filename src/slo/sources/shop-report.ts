import * as z from 'zod';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {certainEvents} from '../events.js';
import type {Evidence, Told} from '../evidence.js';
import type {MeasuredObjective, Objective} from '../objective.js';
import {MINUTE_MS, minutesOf, type WindowName} from '../windows.js';

const count = z.number().int().nonnegative();

const objective = z.object({
	name: z.string().min(1),
	title: z.string(),
	kind: z.enum(['ratio', 'latency']),
	target: z.number().gt(0).lt(1),
	thresholdMs: z.number().positive().nullable(),
	good: count,
	total: count,
	alarm: z
		.object({target: z.number().gt(0).lt(1), thresholdMs: z.number().positive().nullable(), good: count})
		.nullish(),
});

const report = z.object({
	generatedAt: z.iso.datetime(),
	source: z.enum(['shop', 'process']).default('shop'),
	since: z.iso.datetime().nullable(),
	windows: z.record(z.string(), z.object({objectives: z.array(objective)})),
});

/** What `GET /api/metrics` of the shop contract tells, as far as objectives need it. */
export type ShopReport = z.output<typeof report>;

type ReportedObjective = z.output<typeof objective>;

/** Undefined where the text is no such report. */
export function parseShopReport(text: string): ShopReport | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	return report.safeParse(value).data;
}

export type ReportTerms = {
	readonly report: ShopReport;
	readonly where: string;
	/** Only these, by the configuration; undefined: whatever the shop promises. */
	readonly objectives: readonly MeasuredObjective[] | undefined;
};

/** The evidence of a shop that counts for itself. */
export function reportEvidence({report, where, objectives}: ReportTerms): Told {
	const atMs = Date.parse(report.generatedAt);
	const names = [
		...new Set(Object.values(report.windows).flatMap((window) => window.objectives.map(({name}) => name))),
	];
	const wanted = objectives ?? names.map((name) => measured(latestOf(report, name)));
	return {where, atMs, evidence: wanted.map((one) => evidenceOf(one, report, atMs))};
}

function evidenceOf(wanted: MeasuredObjective, {windows, since, source}: ShopReport, atMs: number): Evidence {
	const byMinutes = new Map<number, ReportedObjective>();
	for (const [window, {objectives}] of Object.entries(windows)) {
		const told = objectives.find(({name}) => name === wanted.name);
		if (told !== undefined) byMinutes.set(minutesOf(window as WindowName), told);
	}
	const told = [...byMinutes.values()][0];
	return {
		objective: wanted,
		eventsOf(minutes) {
			const found = byMinutes.get(minutes);
			return found === undefined ? undefined : certainEvents(found, found.alarm?.good);
		},
		coveredMinutes: since === null ? 0 : Math.max(0, (atMs - Date.parse(since)) / MINUTE_MS),
		problems: [
			...(source === 'process' ? ['the shop’s database does not answer: these are one process’s own counts'] : []),
			...(told === undefined ? ['the shop’s report does not tell it; give slo.metrics or slo.prometheus'] : []),
			...(told !== undefined && !isSame(wanted, told)
				? [`the shop counts another promise by this name: ${told.title}; give slo.metrics or slo.prometheus`]
				: []),
		],
		notes: [],
	};
}

/** What was counted by another threshold is another objective; the target is only what it is compared with. */
function isSame({kind, thresholdMs, alarm}: Objective, told: ReportedObjective): boolean {
	const isAlarmSame = alarm?.thresholdMs === undefined || alarm.thresholdMs === told.alarm?.thresholdMs;
	return kind === told.kind && (thresholdMs ?? null) === told.thresholdMs && isAlarmSame;
}

function latestOf({windows}: ShopReport, name: string): ReportedObjective {
	const found = Object.values(windows)
		.flatMap(({objectives}) => objectives)
		.find((one) => one.name === name);
	if (found === undefined) throw new Error(`no objective ${name} in the report`);
	return found;
}

/** As told: which metrics it is counted by is the shop's own affair. */
function measured({name, title, kind, target, thresholdMs, alarm}: ReportedObjective): MeasuredObjective {
	return {
		name,
		title,
		kind,
		target,
		...(thresholdMs === null ? {} : {thresholdMs}),
		...(alarm === null || alarm === undefined
			? {}
			: {
					alarm: {
						target: alarm.target,
						...(alarm.thresholdMs === null ? {} : {thresholdMs: alarm.thresholdMs}),
					},
				}),
		indicator: {kind: 'ratio'},
	};
}

export function notAReport(where: string): SastaError {
	return new SastaError('SLO_SOURCE', `${where} gives neither the report of the shop contract nor a metrics page`, {
		exitCode: EXIT.outside,
		hint: 'Give the metrics page of each instance as slo.metrics, or a server by --prometheus',
	});
}
