import {describe, expect, it} from 'vitest';
import {configSchema} from '../../../src/kernel/config/schema.js';
import {checkSlo} from '../../../src/slo/check.js';
import {openCheckout} from '../../app/checkout/open-checkout.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {serve} from '../../support/serve.js';

async function checker(config: object = {}) {
	const root = await temporaryFolder();
	const loaded = {config: configSchema.parse(config), file: undefined, root, origins: []};
	return (source: {url?: string; file?: string}, atMs?: number) =>
		checkSlo({loaded, source, only: [], failOn: 'burn', atMs}, makeTestHost({cwd: root}));
}

const tallies = (check: Awaited<ReturnType<typeof checkSlo>>) =>
	check.objectives.map(({name, good, total, state, alarm}) => ({name, good, total, state, alarm: alarm?.state}));

describe('the reference shop', () => {
	it('tells the same of every objective by its report and by its metrics page', async () => {
		const shop = await openCheckout();
		const {events, telemetry} = shop.shop.shop;
		for (let i = 0; i < 700; i++) events.emit({type: 'checkout', outcome: 'placed', durationMs: i === 0 ? 6000 : 120});
		for (let i = 0; i < 30; i++) events.emit({type: 'checkout', outcome: 'failed', durationMs: 2400});
		events.emit({type: 'checkout', outcome: 'refused', durationMs: 1});
		events.emit({type: 'checkout', outcome: 'out_of_stock', durationMs: 90});
		for (let i = 0; i < 300; i++) events.emit({type: 'payment', outcome: 'captured', durationMs: 9000});
		events.emit({type: 'payment', outcome: 'failed'});
		events.emit({type: 'payment', outcome: 'quarantined'});
		events.emit({type: 'payment', outcome: 'refused'});
		events.emit({type: 'provider', call: 'capture', outcome: 'timeout', durationMs: 9000});
		events.emit({type: 'provider', call: 'refund', outcome: 'error', durationMs: 9});
		for (const path of ['/api/products', '/api/nothing', '/api/health', '/api/metrics', '/wp-login.php'])
			await fetch(`${shop.shop.url}${path}`);
		await fetch(`${shop.shop.url}/api/payments/verify`, {method: 'POST', body: '{}'});
		const finish = (status: number, durationMs: number) =>
			telemetry.metrics.finish({method: 'POST', route: '/api/payments/verify', status, durationMs});
		for (let i = 0; i < 80; i++) finish(200, 700);
		finish(500, 3500);
		finish(422, 1);

		const check = await checker();
		const byPage = async () => tallies(await check({url: `${shop.shop.url}/metrics`}));
		// An answer is counted when its last byte is out, and both are kept for a second.
		await expect.poll(async () => (await byPage())[0]?.total, {timeout: 10_000}).toBe(84);
		await expect.poll(async () => tallies(await check({url: shop.shop.url}))[0]?.total, {timeout: 10_000}).toBe(84);
		const byReport = await check({url: shop.shop.url});
		expect(tallies(byReport)).toEqual(await byPage());
		expect(tallies(byReport)).toEqual([
			{name: 'api_availability', good: 83, total: 84, state: 'not-enough-data', alarm: 'quiet'},
			{name: 'checkout_success', good: 700, total: 730, state: 'breach', alarm: undefined},
			{name: 'payment_success', good: 301, total: 303, state: 'not-enough-data', alarm: 'quiet'},
			{name: 'checkout_latency', good: 700, total: 731, state: 'not-enough-data', alarm: 'quiet'},
			{name: 'payment_latency', good: 80, total: 81, state: 'not-enough-data', alarm: undefined},
			{name: 'api_latency', good: 3, total: 84, state: 'breach', alarm: undefined},
		]);
		expect(byReport.outcome).toBe('fail');
	});
});

describe('a shop', () => {
	const page = (started: number, ok: number, bad = 0) =>
		`process_start_time_seconds ${started}\nr_total{o="ok"} ${ok}\nr_total{o="bad"} ${bad}\n`;
	const objectives = [{name: 'a', kind: 'ratio', target: 99, bad: 'r_total{o="bad"}', total: 'r_total'}];
	const now = () => Math.floor(Date.now() / 1000);

	it('without the contract is asked for its page, and gives a verdict at once where it tells when it started', async () => {
		const started = now() - 7200;
		const url = await serve((request, response) => {
			if (request.url === '/metrics') response.end(page(started, 5000, 3));
			else response.writeHead(404).end();
		});
		const check = await checker({slo: {objectives}});
		const first = await check({url});
		expect(first.objectives[0]).toMatchObject({state: 'pass', good: 5000, total: 5003});
		expect(first.objectives[0]?.coveredMinutes).toBeCloseTo(120, 0);
		// Two hours in one piece are no hour.
		expect(first.objectives[0]?.burn[0]).toMatchObject({state: 'not-covered'});
	});

	it('that restarts between two looks begins at zero, and what came before counts still', async () => {
		const pages = [page(now() - 7200, 5000), page(now(), 40, 2)];
		const url = await serve((_request, response) => void response.end(pages.shift()));
		const check = await checker({slo: {objectives}});
		await check({url: `${url}/metrics`});
		const {objectives: judged} = await check({url: `${url}/metrics`});
		expect(judged[0]).toMatchObject({good: 5040, total: 5042, notes: [expect.stringContaining('a restart')]});
	});

	it('of several processes behind one address proves nothing, and is told how to ask', async () => {
		const processes = [
			{started: now() - 7200, ok: 5000},
			{started: now() - 7100, ok: 5100},
		];
		let turn = 0;
		const url = await serve((_request, response) => {
			const {started, ok} = processes[turn++ % 2] ?? {started: 0, ok: 0};
			response.end(page(started, ok));
		});
		const check = await checker({slo: {metrics: [`${url}/metrics`], objectives}});
		await check({});
		const {outcome, objectives: judged} = await check({});
		expect(outcome).toBe('inconclusive');
		expect(judged[0]).toMatchObject({state: 'no-data', why: expect.stringContaining('list each in slo.metrics')});
	});

	it('is added up over its instances, and proves nothing while one of them is silent', async () => {
		let isSilent = false;
		const one = await serve((_request, response) => void response.end(page(now() - 7200, 3000)));
		const two = await serve((_request, response) =>
			isSilent ? void response.writeHead(500).end() : void response.end(page(now() - 600, 2000)),
		);
		const check = await checker({slo: {metrics: [`${one}/metrics`, `${two}/metrics`], objectives}});
		expect((await check({})).objectives[0]).toMatchObject({state: 'pass', total: 5000});
		isSilent = true;
		expect((await check({})).objectives[0]).toMatchObject({state: 'no-data', why: expect.stringContaining('500')});
	});

	it('that tells none of the metrics is told which are missing', async () => {
		const url = await serve(
			(_request, response) => void response.end(`process_start_time_seconds ${now() - 9}\nup 1\n`),
		);
		const check = await checker();
		const {outcome, objectives: judged} = await check({url: `${url}/metrics`});
		expect(outcome).toBe('inconclusive');
		expect(judged[0]?.why).toMatch(/no series of http_requests_total/);
	});

	it.each([
		['a page of HTML', 200, '<html><body>hello</body></html>', 'SLO_SOURCE'],
		['another JSON', 200, '{"status":"ok"}', 'SLO_SOURCE'],
		['nothing at all', 204, '', 'SLO_SOURCE'],
		['a locked door', 401, '{}', 'METRICS_UNREADABLE'],
		['an error', 502, 'bad gateway', 'SLO_SOURCE'],
	])('that answers with %s is an error, never a verdict', async (_, status, body, code) => {
		const url = await serve((_request, response) => void response.writeHead(status).end(body));
		await expect((await checker())({url})).rejects.toMatchObject({code, exitCode: 6});
	});

	it('tells only of now by its report; kept readings tell of any moment', async () => {
		const shop = await openCheckout();
		const check = await checker({slo: {objectives}});
		await expect(check({url: shop.shop.url}, Date.now() - 60_000)).rejects.toMatchObject({code: 'SLO_REPLAY'});
	});
});
