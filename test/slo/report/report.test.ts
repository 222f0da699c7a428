import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {DEFAULT_OBJECTIVES} from '../../../src/slo/default-objectives.js';
import {certainEvents} from '../../../src/slo/events.js';
import {makeEvidence} from '../../../src/slo/history/make-evidence.js';
import {type Reading, readingKey, readingLine} from '../../../src/slo/history/reading.js';
import type {MeasuredObjective} from '../../../src/slo/objective.js';
import {reportHtml} from '../../../src/slo/report/html.js';
import {makeReport} from '../../../src/slo/report/make.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeRandom} from '../../support/random.js';
import {runBinary} from '../../support/shop-world.js';

const HOUR = 3_600_000;
const END = Date.UTC(2026, 10, 24, 16);
const DAYS = 60;

/** A reading each quarter of an hour of a shop that sleeps at night, with one bad evening in this month and more errors in the last. */
function readings(objectives: readonly MeasuredObjective[]): Reading[] {
	const random = makeRandom(7);
	const sums = new Map<string, {total: number; good: number}>();
	const all: Reading[] = [];
	for (let atMs = END - DAYS * 24 * HOUR; atMs <= END; atMs += HOUR / 4) {
		const hour = (atMs / HOUR) % 24;
		const busy = 0.15 + Math.max(0, Math.sin(((hour - 12) / 24) * 2 * Math.PI));
		for (const {name, target} of objectives) {
			const isBadEvening = atMs > Date.UTC(2026, 10, 11, 20) && atMs <= Date.UTC(2026, 10, 11, 21);
			const isLastMonth = atMs < END - 30 * 24 * HOUR;
			const rate = name === 'payment_success' && isBadEvening ? 0.6 : (1 - target) * (isLastMonth ? 0.6 : 0.3);
			const total = random.poisson(name.startsWith('api') ? 400 * busy : 12 * busy);
			const bad = random.binomial(total, rate);
			const sum = sums.get(name) ?? {total: 0, good: 0};
			sums.set(name, {total: sum.total + total, good: sum.good + total - bad});
		}
		const counts = objectives.map((one) => [readingKey(one), certainEvents(sums.get(one.name) ?? {total: 0, good: 0})]);
		all.push({
			atMs,
			instance: 'http://shop:3000/metrics',
			startedMs: END - 90 * 24 * HOUR,
			counts: Object.fromEntries(counts),
		});
	}
	return all;
}

const objectives: readonly MeasuredObjective[] = DEFAULT_OBJECTIVES;
const all = readings(objectives);
const told = {
	where: 'http://shop:3000/metrics',
	atMs: END,
	evidence: objectives.map((objective) => makeEvidence({objective, readings: new Map([['a', all]]), atMs: END})),
};

describe('a report', () => {
	const report = makeReport(told, {service: 'sastabazar', minutes: 43_200});
	const payments = report.objectives.find(({verdict}) => verdict.name === 'payment_success');

	it('names the hour that ate the budget, and how much of it', () => {
		expect(payments?.worst[0]?.atMs).toBe(Date.UTC(2026, 10, 11, 20));
		expect(payments?.worst[0]?.budgetShare).toBeGreaterThan(0.1);
		const hours = payments?.hours ?? [];
		const counted = hours.reduce((sum, {tally}) => sum + (tally?.total ?? 0), 0);
		expect(counted).toBe(payments?.verdict.total);
	});

	it('burns down what the period allows, to what the verdict says is left', () => {
		for (const {burnDown, verdict} of report.objectives) {
			expect(burnDown).toHaveLength(720);
			expect(burnDown.at(-1)?.left).toBeCloseTo(verdict.budget?.left ?? Number.NaN, 6);
			for (const [index, {left}] of burnDown.entries())
				expect(left).toBeLessThanOrEqual((burnDown[index - 1]?.left ?? 1) + 1e-12);
		}
	});

	it('tells the trend against the period before', () => {
		const api = report.objectives.find(({verdict}) => verdict.name === 'api_availability');
		const before = api?.before;
		expect(before?.total).toBeGreaterThan(100_000);
		expect((before?.good ?? 0) / (before?.total ?? 1)).toBeLessThan((api?.verdict.ratio ?? 0) - 0.0001);
	});

	it('is one page with pictures that asks nobody for anything, and escapes what it is told', async () => {
		const nasty = {...told, where: '<script>alert(1)</script>'};
		const page = reportHtml(makeReport(nasty, {service: '"><img src=x>', minutes: 43_200}));
		expect(page).not.toMatch(/<script>alert|<img src=x/);
		expect(page).not.toMatch(/(?:src|href)=["'](?!data:)/);
		expect(page.match(/<svg/g)).toHaveLength(12);
	});
});

describe('slo report', () => {
	it('tells it in text, in Markdown and as a page, from kept readings', async () => {
		const cwd = await temporaryFolder();
		await mkdir(join(cwd, 'kept'));
		await writeFile(join(cwd, 'kept', 'shop.jsonl'), all.map(readingLine).join('\n'));
		const run = (...args: string[]) =>
			runBinary(['slo', 'report', '--from', 'kept/shop.jsonl', ...args], {cwd, env: {}});
		const text = await run('--html', 'slo.html');
		expect(text.stderr).toBe('');
		expect(text.exitCode).toBe(0);
		expect(text.stdout).toMatch(/What ate the budget/);
		expect(text.stdout).toMatch(/2026-11-11 20:00–21:00/);
		expect((await run('--output', 'markdown')).stdout).toMatch(/^## sastabazar, 2026-10-25/m);
		const json = JSON.parse((await run('--json')).stdout) as {objectives: {name: string; worst: {at: string}[]}[]};
		expect(json.objectives.find(({name}) => name === 'payment_success')?.worst[0]?.at).toBe('2026-11-11T20:00:00.000Z');
		const page = await readFile(join(cwd, 'slo.html'), 'utf8');
		expect(page).toContain('<!doctype html>');
		if (process.env['SASTAOPS_SCREENSHOTS'] !== undefined)
			await writeFile(join(process.env['SASTAOPS_SCREENSHOTS'], 'slo.html'), page);
		expect(await run('--html', 'nowhere/slo.html')).toMatchObject({exitCode: 4});
	});
});
