import {resolve} from 'node:path';
import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {BUCKETS, percentilesOf, record} from '../../../src/load/histogram.js';
import {coarseTimes, type Interval} from '../../../src/load/intervals.js';
import {judgeMix} from '../../../src/load/mix.js';
import {parseObjective} from '../../../src/load/objective.js';
import {advisePools, type PoolStep} from '../../../src/load/pool/recommend.js';
import {makeRandom} from '../../../src/load/random.js';
import {breakHtml, mixHtml} from '../../../src/load/report/html.js';
import {poolHtml} from '../../../src/load/report/pool-html.js';
import type {LoadResult} from '../../../src/load/result.js';
import {sumCounts} from '../../../src/load/summarise.js';
import {browserPath, startBrowser} from '../../support/browser.js';

/** A minute of 100 a second with a stall, which is worked off. */
function makeRun(meanMs = 20) {
	const random = makeRandom(4);
	const counts = new Uint32Array(BUCKETS);
	const intervals: Interval[] = [];
	let before = sumCounts([]);
	for (let second = 0; second < 60; second++) {
		for (let answer = 0; answer < 100; answer++)
			record(counts, 2 - meanMs * Math.log(1 - random.next()) + (second === 30 ? 1000 - answer * 10 : 0));
		const now = sumCounts([counts]);
		intervals.push({
			fromMs: second * 1000,
			toMs: (second + 1) * 1000,
			done: 100,
			failed: second === 30 ? 3 : 0,
			underWay: 2,
			times: coarseTimes(now, before),
		});
		before = now;
	}
	const response = percentilesOf(counts);
	const operation = {name: 'browse', done: 6000, failed: 3, response, service: response, failure: null};
	const result: LoadResult = {
		startedAtMs: Date.parse('2026-11-24T14:03:00Z'),
		measuredMs: 60_000,
		rate: 100,
		spread: 'even',
		seed: 1,
		workers: 1,
		maxPoolSize: 100,
		workload: 'shop',
		documents: 10_000,
		server: 'MongoDB 8.0.4 <b>, 0.6 ms away',
		driver: 'mongodb',
		arrivals: {due: 6003, started: 6003, refused: 0, warmUp: 500, warmUpFailed: 0, mostUnderWay: 104},
		operations: [operation],
		total: {...operation, name: 'all'},
		wait: percentilesOf(counts),
		waitsFailed: 0,
		serverTime: response,
		connections: {created: 12, closed: 12},
		failures: [{kind: 'network', count: 3, example: 'connection <closed>'}],
		generator: {isTruthful: true, punctual: 0.998, startDelay: response, cpuMsPerOperation: 0.7, cores: 0.07},
		intervals,
	};
	return {result, responses: [sumCounts([counts])], isCutShort: false};
}

const OBJECTIVES = ['p95<200ms', 'errors<1%'].map((text) => {
	const objective = parseObjective(text);
	if (objective === undefined) throw new Error(text);
	return objective;
});
const AXE = resolve('node_modules/axe-core/axe.min.js');

describe.skipIf(browserPath() === undefined)('the pages of a load', () => {
	let browser: Browser;
	beforeAll(async () => {
		browser = await startBrowser();
	});
	afterAll(() => browser?.close());

	const mix = judgeMix(makeRun(), OBJECTIVES);
	const steps: PoolStep[] = [5, 10, 20].map((poolSize) => ({
		poolSize,
		rate: 100,
		result: makeRun(200 / poolSize).result,
	}));
	const trials = [100, 200, 400].map((rate) => ({
		rate,
		outcome: rate > 200 ? ('broken' as const) : ('kept' as const),
		result: {...makeRun(rate / 5).result, rate},
		objectives: mix.objectives,
	}));
	const pages: readonly (readonly [string, string, string])[] = [
		['one load', mixHtml(mix, 'pass'), 'Every objective was kept'],
		[
			'the search for a rate',
			breakHtml({trials, found: {kind: 'found', from: 200, to: 400}}),
			'200 operations a second are kept',
		],
		[
			'pool sizes',
			poolHtml({steps, advice: advisePools(steps, {workers: 1, connectMs: 3}), connectMs: 3, workers: 1}),
			'Pool size against wait',
		],
	];

	it.each(pages)(
		'of %s can be read by everybody, on any screen, and shows no markup of others',
		async (_, html, words) => {
			for (const colorScheme of ['light', 'dark'] as const)
				for (const width of [400, 1200]) {
					const page = await browser.newPage({viewport: {width, height: 900}, colorScheme});
					const errors: string[] = [];
					page.on('console', (message) => errors.push(message.text()));
					page.on('request', (request) => {
						if (!request.url().startsWith('data:') && request.url() !== 'about:blank') errors.push(request.url());
					});
					await page.setContent(html);
					expect(await page.textContent('body')).toContain(words);
					expect(await page.locator('svg').count()).toBeGreaterThan(0);
					expect(await page.locator('b').count()).toBe(0);
					const wide = await page.evaluate(
						'document.documentElement.scrollWidth - document.documentElement.clientWidth',
					);
					expect(wide).toBe(0);
					expect(errors).toEqual([]);
					await page.close();
				}
			const context = await browser.newContext({bypassCSP: true});
			const page = await context.newPage();
			await page.setContent(html);
			await page.addScriptTag({path: AXE});
			const found = (await page.evaluate('axe.run().then(({violations}) => violations.map(({id}) => id))')) as string[];
			expect(found).toEqual([]);
			await context.close();
		},
	);
});
