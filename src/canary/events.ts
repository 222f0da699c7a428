import type {Journal} from '../kernel/journal/journal.js';
import type {JournalRecord} from '../kernel/journal/record.js';
import type {Side} from '../ports/splitter/splitter.js';
import type {PostedAsk} from './asks.js';
import {emptyHistogram, type Histogram} from './histogram.js';
import type {Counted, Look} from './look.js';

/** What happened in a canary, as its journal keeps it: enough to judge again and go on. */
export type CanaryEvent =
	/** `intervalMs`: the watched time it stands for. `requests`: of the canary, as far as the splitter told. */
	| {readonly what: 'look'; readonly look: Look; readonly intervalMs: number; readonly requests: number}
	/** The splitter is about to be told. */
	| {readonly what: 'stage'; readonly stage: number; readonly share: number; readonly unproven: readonly string[]}
	/** It says so itself. */
	| {readonly what: 'reached'; readonly stage: number; readonly atMs: number}
	| {readonly what: 'held'; readonly reasons: readonly string[]}
	/** Nobody watched: sastaops was dead or stopped. */
	| {readonly what: 'gap'; readonly words: string}
	| ({readonly what: 'asked'} & PostedAsk)
	| {readonly what: 'outcome'; readonly outcome: CanaryOutcome};

/** What a person may ask of a canary that somebody else watches. */
export type Ask = 'hold' | 'go-on' | 'promote' | 'abort';

export type CanaryOutcome =
	| {readonly kind: 'passed'; readonly unproven: readonly string[]}
	/** `isInconclusive`: nothing was proved against it. */
	| {readonly kind: 'rolled-back'; readonly reason: string; readonly isInconclusive: boolean};

/** Step of the journal whose notes the events are. */
export const WATCH_STEP = 'canary-watch';

export async function writeEvent(journal: Journal, event: CanaryEvent): Promise<void> {
	await journal.append('note', {step: WATCH_STEP, data: {canary: encode(event)}});
}

/** The events of a journal, in order. */
export function readEvents(records: readonly JournalRecord[]): CanaryEvent[] {
	return records.flatMap(({type, step, data}) =>
		type === 'note' && step === WATCH_STEP && data?.['canary'] !== undefined ? [decode(data['canary'] as Encoded)] : [],
	);
}

type EncodedCount = readonly [number, number, number, number, 0 | 1];
type EncodedHistogram = readonly (readonly [index: number, count: number])[];
type EncodedLook = Omit<Look, 'measures' | 'routes' | 'latency'> & {
	readonly measures: Readonly<Record<string, EncodedCount>>;
	readonly routes: Readonly<Record<string, EncodedCount>>;
	readonly latency?: {readonly edgesMs: readonly number[]} & Readonly<Record<Side, EncodedHistogram>>;
};
type Encoded =
	| Exclude<CanaryEvent, {what: 'look'}>
	| (Omit<CanaryEvent & {what: 'look'}, 'look'> & {look: EncodedLook});

function encode(event: CanaryEvent): Encoded {
	if (event.what !== 'look') return event;
	const {measures, routes, latency, ...rest} = event.look;
	const counts = (of: Look['measures']) =>
		Object.fromEntries(Object.entries(of).map(([name, counted]) => [name, encodeCount(counted)]));
	return {
		...event,
		look: {
			...rest,
			measures: counts(measures),
			routes: counts(routes),
			...(latency === undefined
				? {}
				: {
						latency: {
							edgesMs: latency.stable.edgesMs,
							stable: encodeHistogram(latency.stable),
							canary: encodeHistogram(latency.canary),
						},
					}),
		},
	};
}

function decode(event: Encoded): CanaryEvent {
	if (event.what !== 'look') return event;
	const {measures, routes, latency, ...rest} = event.look;
	const counts = (of: EncodedLook['measures']) =>
		Object.fromEntries(Object.entries(of).map(([name, counted]) => [name, decodeCount(counted)]));
	return {
		...event,
		look: {
			...rest,
			measures: counts(measures),
			routes: counts(routes),
			latency:
				latency === undefined
					? undefined
					: {
							stable: decodeHistogram(latency.edgesMs, latency.stable),
							canary: decodeHistogram(latency.edgesMs, latency.canary),
						},
		},
	};
}

function encodeCount({canary, stable, mayCluster}: Counted): EncodedCount {
	return [canary.trials, canary.events, stable.trials, stable.events, mayCluster ? 1 : 0];
}

function decodeCount([canaryTrials, canaryEvents, stableTrials, stableEvents, mayCluster]: EncodedCount): Counted {
	return {
		canary: {trials: canaryTrials, events: canaryEvents},
		stable: {trials: stableTrials, events: stableEvents},
		...(mayCluster === 1 ? {mayCluster: true} : {}),
	};
}

function encodeHistogram({counts}: Histogram): EncodedHistogram {
	return counts.flatMap((count, index) => (count === 0 ? [] : [[index, count] as const]));
}

function decodeHistogram(edgesMs: readonly number[], filled: EncodedHistogram): Histogram {
	const counts = emptyHistogram(edgesMs).counts.slice();
	for (const [index, count] of filled) counts[index] = count;
	return {edgesMs, counts};
}
