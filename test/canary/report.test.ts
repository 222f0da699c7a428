import {readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {CanaryEvent} from '../../src/canary/events.js';
import {DEFAULT_GUARDS} from '../../src/canary/guard.js';
import type {CanaryPlan} from '../../src/canary/plan.js';
import {canaryHtml} from '../../src/canary/report/html.js';
import {makeTimeline} from '../../src/canary/report/timeline.js';
import {browserPath, startBrowser} from '../support/browser.js';
import {makeRandom} from '../support/random.js';
import {SHOP, simulateLooks} from './simulate.js';

const plan: CanaryPlan = {
	kind: 'canary',
	planVersion: 1,
	run: '20261124T140300Z-1.2.0-abc123',
	configHash: '',
	shop: 'sastabazar <b>',
	environment: 'production',
	version: '1.2.0',
	tag: 'v1.2.0',
	commit: '',
	stableVersion: '1.1.3',
	splitter: {kind: 'haproxy', title: 'HAProxy at /run/haproxy/admin.sock', isSticky: true},
	stable: [],
	canary: [],
	stages: [{share: 0.05}, {share: 0.25}, {share: 0.5}, {share: 1}],
	guards: DEFAULT_GUARDS,
	policy: {bakeMs: 1_800_000, maxHoldMs: 3_600_000, onMaxHold: 'rollback', leastRequests: 100, proof: 'weak'},
	alpha: 0.01,
	beta: 0.05,
	lookMs: 5000,
	leaseMs: 120_000,
	warmupMs: 60_000,
	lagMs: 600_000,
	drainMs: 30_000,
	promote: null,
	start: null,
	stop: null,
	traffic: {requestsPerSecond: 10, measures: {}},
	findable: [],
	warnings: [],
};
const START = Date.parse('2026-11-24T14:03:00Z');

function eventsOf(fault: {errors?: number; latency?: number}): CanaryEvent[] {
	const events: CanaryEvent[] = [];
	let stage = -1;
	const scenario = {traffic: SHOP, stages: [0.05, 0.25, 0.5], bakeMs: 1_800_000, lookEveryMs: 15_000, fault};
	for (const look of simulateLooks(scenario, makeRandom(5))) {
		const atMs = START + look.atMs;
		if (!look.isWarmup && look.stage !== stage) {
			stage = look.stage;
			events.push({what: 'stage', stage, share: look.share, unproven: []}, {what: 'reached', stage, atMs});
		}
		const requests = look.measures['errors']?.canary.trials ?? 0;
		events.push({what: 'look', look: {...look, atMs}, intervalMs: 15_000, requests});
	}
	return events;
}

const AXE = resolve('node_modules/axe-core/axe.min.js');

describe.skipIf(browserPath() === undefined)('the report', () => {
	let browser: Browser;
	beforeAll(async () => {
		browser = await startBrowser();
	});
	afterAll(() => browser?.close());

	/** Opens it wide and narrow, light and dark: nothing overflows, nothing is fetched, and all can be read. */
	async function look(html: string, name: string): Promise<void> {
		for (const {width, colorScheme} of [
			{width: 1200, colorScheme: 'light'},
			{width: 390, colorScheme: 'dark'},
		] as const) {
			const page = await browser.newPage({viewport: {width, height: 900}, colorScheme});
			const asked: string[] = [];
			page.on('request', (request) => asked.push(request.url()));
			await page.setContent(html);
			expect(asked).toEqual([]);
			expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
			expect(await page.locator('svg').count()).toBe(3);
			const folder = process.env['SASTAOPS_SCREENSHOTS'];
			if (folder) await page.screenshot({path: join(folder, `${name}-${width}.png`), fullPage: true});
			// By the debugger, which the page's policy does not hinder: it forbids scripts of anybody.
			await page.evaluate(await readFile(AXE, 'utf8'));
			const {violations} = (await page.evaluate('axe.run()')) as {violations: {id: string; help: string}[]};
			expect(violations.map(({id, help}) => `${id}: ${help}`)).toEqual([]);
			await page.close();
		}
	}

	it('of a canary that was worse says so first, and its pictures can be looked at', async () => {
		const outcome = {kind: 'rolled-back', reason: 'errors worse by at least ×2.3', isInconclusive: false} as const;
		const all = eventsOf({errors: 4, latency: 1.2});
		const events: CanaryEvent[] = [...all.slice(0, 250), {what: 'outcome', outcome}];
		const html = canaryHtml(plan, makeTimeline(plan, events));
		expect(html).toContain('Rolled back: errors worse by at least ×2.3.');
		expect(html).toContain('sastabazar &lt;b&gt;');
		expect(html).not.toMatch(/<script|https?:\/\//);
		await look(html, 'canary-worse');
	});

	it('of a canary that passed names what was not proved', async () => {
		const outcome = {kind: 'passed', unproven: ['payments that fail']} as const;
		const html = canaryHtml(plan, makeTimeline(plan, [...eventsOf({}), {what: 'outcome', outcome}]));
		expect(html).toContain('1.2.0 passed every stage. Nothing was worse; not proved fine: payments that fail.');
		await look(html, 'canary-passed');
	});

	it('of a canary that saw nothing is whole all the same', async () => {
		const html = canaryHtml(plan, makeTimeline(plan, []));
		expect(html).toContain('Not ended yet.');
		expect(html).not.toContain('NaN');
		expect(html).not.toContain('Infinity');
	});
});
