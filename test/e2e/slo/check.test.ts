import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {beforeAll, describe, expect, it} from 'vitest';
import {openCheckout} from '../../app/checkout/open-checkout.js';
import {runBinary} from '../../support/shop-world.js';

type Json = {
	verdict: string;
	exitCode: number;
	objectives: {name: string; state: string; needed: number | null; bad: number; total: number}[];
	error?: {code: string; hint?: string};
};

describe('slo check', () => {
	let url = '';
	let cwd = '';
	const run = (...args: string[]) => runBinary(['slo', 'check', ...args], {cwd, env: {}});
	const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout) as Json;

	// Before all: a shop that answers its checkouts, loses some of its payments, and has few other requests.
	beforeAll(async () => {
		cwd = await mkdtemp(join(tmpdir(), 'sastaops-slo-'));
		const shop = await openCheckout();
		const {events} = shop.shop.shop;
		for (let i = 0; i < 2000; i++) events.emit({type: 'checkout', outcome: 'placed', durationMs: 120});
		for (let i = 0; i < 300; i++) events.emit({type: 'payment', outcome: 'captured', durationMs: 9000});
		for (let i = 0; i < 40; i++) events.emit({type: 'provider', call: 'capture', outcome: 'timeout', durationMs: 9000});
		for (let i = 0; i < 12; i++) await fetch(`${shop.shop.url}/api/products`);
		await shop.shop.shop.telemetry.metrics.flush();
		url = shop.shop.url;
		return async () => {
			await shop.close();
			await rm(cwd, {recursive: true});
		};
	});

	it('says of each objective how it stands, what it would take to know, and what burns', async () => {
		const {exitCode, stdout, stderr} = await run('--url', url);
		expect(stderr).toBe('');
		expect(exitCode).toBe(1);
		expect(stdout).toMatch(/✔ 99\.5 % of checkouts that can succeed do\n.*kept, 100 %: 0 bad of 2,000/);
		expect(stdout).toMatch(/✖ 99 % of payments are dealt with\n.*broken, 88\.23 %: 40 bad of 340/);
		expect(stdout).toMatch(/alarm: only 88\.23 % where 95 % is the line/);
		expect(stdout).toMatch(
			/\? 99\.9 % of API requests.*\n.*cannot tell yet, 100 %: 0 bad of 12.*; 2,983 good ones more/,
		);
		expect(stdout).toMatch(/\? 95 % of payments are confirmed within 3 s\n.*no data: nothing happened/);
		for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
	});

	it('is one document for a machine, and one objective alone decides its own exit code', async () => {
		expect(await json('--url', url)).toMatchObject({verdict: 'fail', exitCode: 1});
		expect(await json('--url', url, '--objective', 'checkout_success')).toMatchObject({
			verdict: 'pass',
			exitCode: 0,
			objectives: [{name: 'checkout_success', state: 'pass', bad: 0, total: 2000}],
		});
		expect(await json('--url', url, '--objective', 'api_availability')).toMatchObject({
			verdict: 'inconclusive',
			exitCode: 3,
			objectives: [{needed: 2983}],
		});
		expect(await json('--url', url, '--fail-on', 'never')).toMatchObject({verdict: 'warn', exitCode: 0});
	});

	it('judges a saved report as the shop it came from', async () => {
		const report = await (await fetch(`${url}/api/metrics`)).text();
		await writeFile(join(cwd, 'report.json'), report);
		const saved = await json('--from', 'report.json');
		expect(saved.exitCode).toBe(1);
		expect((await json('--from', 'report.json', '--at', '2026-01-01')).error?.code).toBe('SLO_REPLAY');
		expect(saved.objectives.map(({state}) => state)).toEqual(
			(await json('--url', url)).objectives.map(({state}) => state),
		);
	});

	it('keeps what it read of a page, and judges it again from the file', async () => {
		await run('--url', `${url}/metrics`);
		const first = await json('--url', `${url}/metrics`);
		expect(first.exitCode).toBe(1);
		const [file] = (await readdir(join(cwd, '.sastaops', 'slo'))).filter((name) => name.endsWith('.jsonl'));
		const path = join('.sastaops', 'slo', file ?? '');
		const kept = await json('--from', path);
		expect(kept.objectives).toEqual(first.objectives);
		expect(await readFile(join(cwd, '.sastaops', '.gitignore'), 'utf8')).toBe('*\n');
		const long = await json('--from', path, '--at', '2020-01-01');
		expect(long).toMatchObject({verdict: 'inconclusive', exitCode: 3});
	});

	it.each([
		['two sources', ['--url', 'http://127.0.0.1:9', '--prometheus', 'http://127.0.0.1:9'], 'USAGE'],
		['no source at all', [], 'SLO_NO_SOURCE'],
		['a window that is none', ['--url', 'http://127.0.0.1:9', '--window', 'week'], 'USAGE'],
		['a moment that is none', ['--from', 'x', '--at', 'yesterday'], 'USAGE'],
		['a file that is not there', ['--from', 'nothing.json'], 'SLO_SOURCE'],
	])('refuses %s with exit 2', async (_, args, code) => {
		expect(await json(...args)).toMatchObject({exitCode: 2, error: {code}});
	});

	it('knows what an objective was meant to be, and which windows a report has', async () => {
		expect((await json('--url', url, '--objective', 'checkout_sucess')).error).toMatchObject({
			code: 'SLO_OBJECTIVE_UNKNOWN',
			hint: 'Did you mean checkout_success?',
		});
		expect((await json('--url', url, '--window', '90m')).error?.code).toBe('SLO_WINDOW');
		expect((await json('--url', url, '--window', '1h', '--objective', 'checkout_success')).exitCode).toBe(0);
	});

	it('ends with 6 where nobody answers', async () => {
		expect(await json('--url', 'http://127.0.0.1:9')).toMatchObject({
			exitCode: 6,
			error: {code: 'METRICS_UNREACHABLE'},
		});
		expect(await json('--prometheus', 'http://127.0.0.1:9')).toMatchObject({
			exitCode: 6,
			error: {code: 'PROMETHEUS_UNREACHABLE'},
		});
	});
});
