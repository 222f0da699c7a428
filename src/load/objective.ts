import {parseDuration} from '../kernel/duration.js';
import {binomialAtLeast, binomialAtMost} from '../stats/binomial.js';
import {highestOf} from './histogram.js';

/** What a load has to keep. */
export type LoadObjective = {
	/** As it was written. */
	readonly text: string;
	/** One operation; all of them without it. */
	readonly operation?: string;
} & (
	| {readonly kind: 'latency' /** Share that has to be below. */; readonly share: number; readonly limitMs: number}
	| {readonly kind: 'errors' /** Share that may fail. */; readonly limit: number}
);

/** Of `p95<500ms`, `browse.p99<1s` or `errors<0.1%`; undefined where the text is none of these. */
export function parseObjective(text: string): LoadObjective | undefined {
	const [, operation, what = '', limit = ''] =
		/^(?:([\w-]+)\.)?(p\d{1,2}(?:\.\d+)?|errors)\s*<=?\s*([\d.]+(?:ms|s|%))$/.exec(text.trim()) ?? [];
	const common = {text: text.trim(), ...(operation === undefined ? {} : {operation})};
	if (what === 'errors') {
		const percent = /^(\d+(?:\.\d+)?)%$/.exec(limit)?.[1];
		return percent === undefined || Number(percent) >= 100
			? undefined
			: {...common, kind: 'errors', limit: Number(percent) / 100};
	}
	const limitMs = parseDuration(limit);
	const share = Number((Number(what.slice(1)) / 100).toFixed(9));
	if (limitMs === undefined || limitMs <= 0 || !(share > 0)) return undefined;
	return {...common, kind: 'latency', share, limitMs};
}

/** What became of the operations an objective is about. */
export type Seen = {
	/** Response times of the successes. */
	readonly responses: Float64Array;
	/** Failed, unfinished, or not even begun. */
	readonly failed: number;
};

export type ObjectiveVerdict = {
	readonly objective: LoadObjective;
	readonly verdict: 'pass' | 'fail' | 'inconclusive';
	readonly total: number;
	/** Too slow, or failed. */
	readonly bad: number;
	/** Why it cannot be told. */
	readonly reason?: string;
};

/** A pass for a load that breaks its objective by a hair comes at most this often, and so does half of it a breach for one that keeps it. */
const ERROR_RATE = 0.05;

/**
 * Counts what was bad, failures included: an operation that failed was not fast. Exact binomial bounds; between them
 * the load was too short to say. Answers of one load hang together in time, which makes them worth less than so many
 * independent ones: the bounds are the least that can be asked for. Pure.
 */
export function judgeObjective(objective: LoadObjective, {responses, failed}: Seen): ObjectiveVerdict {
	let done = 0;
	let slow = 0;
	for (let bucket = 0; bucket < responses.length; bucket++) {
		const count = responses[bucket] as number;
		if (count === 0) continue;
		done += count;
		if (objective.kind === 'latency' && highestOf(bucket) / 1000 > objective.limitMs) slow += count;
	}
	const total = done + failed;
	const bad = slow + failed;
	const allowed = objective.kind === 'latency' ? 1 - objective.share : objective.limit;
	const told = (verdict: ObjectiveVerdict['verdict'], reason?: string) => ({
		objective,
		verdict,
		total,
		bad,
		...(reason === undefined ? {} : {reason}),
	});
	if (total === 0) return told('inconclusive', 'there was no such operation');
	if (allowed === 0)
		return bad > 0 ? told('fail') : told('inconclusive', 'no number of operations proves that none fails');
	if (bad / total > allowed && binomialAtLeast(bad, total, allowed) <= ERROR_RATE / 2) return told('fail');
	if (binomialAtMost(bad, total, allowed) <= ERROR_RATE) return told('pass');
	const needed = Math.ceil(Math.log(ERROR_RATE) / Math.log1p(-allowed));
	return told(
		'inconclusive',
		total < needed
			? `${total} operations are too few, ${needed} are needed`
			: 'too close to its limit to say; run it longer',
	);
}
