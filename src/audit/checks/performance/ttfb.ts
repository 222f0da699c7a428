import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {SAMPLE_REQUESTS, samplePages} from '../../facts/sample-pages.js';
import type {Finding} from '../../verdict.js';

/** web.dev's bands for the time to the first byte. */
const GOOD_MS = 800;
const POOR_MS = 1800;
/** Around the line: what is measured twice must not be once yes and once no. */
const BAND = 0.1;
const ASKED = 5;

export type Timing = {
	readonly path: string;
	/** In the order they were asked. */
	readonly firstByteMs: readonly number[];
};

export const perfTtfb = makeCheck<Timing>({
	id: 'perf.ttfb',
	group: 'performance',
	title: 'The start page begins to come in time',
	severity: 'medium',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS + ASKED - 1,
	sends: [`GET of the start page, or of the health of an API without one, ${ASKED} times`],
	why: 'Customers leave while they wait, and everything else waits for the first byte.',
	fix: 'cache the page, or what it is made of; see which query it waits for',
	references: ['web.dev, Time to First Byte'],
	gather: measure,
	judge: judgeTiming,
});

async function measure(context: AuditContext): Promise<Timing> {
	const {pages, unjudged} = await samplePages(context);
	const [first] = pages;
	const isStartUnknown = first?.isHealth === true && unjudged.some(({isUnknown}) => isUnknown);
	if (first === undefined || isStartUnknown) return {path: targetOf(context).path, firstByteMs: []};
	const {path} = first;
	const url = new URL(path, targetOf(context).origin);
	const firstByteMs = [(await context.site.page(url)).firstByteMs];
	while (firstByteMs.length < ASKED) {
		const answer = await context.site.send({url, maxBytes: 1024});
		if (answer.status >= 500) return {path, firstByteMs: []};
		firstByteMs.push(answer.firstByteMs);
	}
	return {path, firstByteMs};
}

/** The first is left out: it may have woken something up. */
export function judgeTiming({path, firstByteMs}: Timing): Finding {
	const kept = firstByteMs.slice(1);
	if (kept.length === 0) return {verdict: 'inconclusive', reason: 'there is no page that answers each time'};
	const median = medianOf(kept);
	const evidence = [`${path}: ${Math.round(median)} ms, the median of ${kept.length}`];
	if (median > POOR_MS * (1 + BAND))
		return {verdict: 'fail', reason: `the first byte takes longer than ${POOR_MS} ms`, evidence};
	if (median > GOOD_MS)
		return {verdict: 'warn', severity: 'low', reason: `the first byte takes longer than ${GOOD_MS} ms`, evidence};
	return {verdict: 'pass', reason: `the first byte comes within ${GOOD_MS} ms`, evidence};
}

function medianOf(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}
