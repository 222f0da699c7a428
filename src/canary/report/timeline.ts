import type {Side} from '../../ports/splitter/splitter.js';
import type {CanaryEvent, CanaryOutcome} from '../events.js';
import type {Histogram} from '../histogram.js';
import type {Verdict} from '../judge.js';
import {type CanaryPlan, shareOf} from '../plan.js';
import {advanceProgress, beginProgress} from '../progress.js';
import {percentWords} from '../words.js';

/** A canary's whole course, as a report shows it. */
export type Timeline = {
	readonly fromMs: number;
	readonly toMs: number;
	/** At most `MAX_POINTS` of the looks, evenly chosen, the last one always. */
	readonly points: readonly {readonly atMs: number; readonly share: number; readonly verdict: Verdict}[];
	readonly news: readonly {readonly atMs: number; readonly text: string}[];
	readonly latency: Readonly<Record<Side, Histogram | undefined>>;
	readonly verdict: Verdict;
	readonly requests: number;
	readonly outcome: CanaryOutcome | undefined;
};

const MAX_POINTS = 240;

/** Judges all looks again, and keeps what a picture needs. */
export function makeTimeline(plan: CanaryPlan, events: readonly CanaryEvent[]): Timeline {
	const looks = events.filter((event) => event.what === 'look').length;
	const every = Math.max(1, Math.ceil(looks / MAX_POINTS));
	const points: {atMs: number; share: number; verdict: Verdict}[] = [];
	const news: {atMs: number; text: string}[] = [];
	let progress = beginProgress(plan);
	let seen = 0;
	let fromMs: number | undefined;
	let atMs = 0;
	for (const event of events) {
		progress = advanceProgress(progress, event);
		if (event.what === 'look') {
			atMs = event.look.atMs;
			fromMs ??= atMs;
			seen++;
			if (seen % every === 0 || seen === looks)
				points.push({atMs, share: event.look.share, verdict: progress.judge.verdict()});
		}
		const text = wordsOf(event, plan);
		if (text !== undefined) news.push({atMs: event.what === 'reached' ? event.atMs : atMs, text});
	}
	return {
		fromMs: fromMs ?? 0,
		toMs: atMs,
		points,
		news,
		latency: progress.judge.latency(),
		verdict: progress.judge.verdict(),
		requests: progress.allRequests,
		outcome: progress.outcome,
	};
}

function wordsOf(event: CanaryEvent, plan: CanaryPlan): string | undefined {
	switch (event.what) {
		case 'look':
		case 'stage':
			return undefined;
		case 'reached':
			return `stage ${event.stage + 1} of ${plan.stages.length}: ${percentWords(shareOf(plan, event.stage))} of the traffic`;
		case 'held':
			return event.reasons.length === 0 ? 'goes on' : `held: ${event.reasons.join('; ')}`;
		case 'gap':
			return event.words;
		case 'asked':
			return `${event.by} asked: ${event.ask}`;
		case 'outcome':
			return event.outcome.kind === 'passed' ? 'all stages passed' : `taken back to 0 %: ${event.outcome.reason}`;
		default:
			return event satisfies never;
	}
}
