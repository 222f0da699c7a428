import type {RequestListener} from 'node:http';
import {describe, expect, it} from 'vitest';
import {openPrometheus} from '../../src/ports/prometheus.js';
import {makeTestHost} from '../support/host.js';
import {prometheusPath, startPrometheus} from '../support/prometheus.js';
import {serve} from '../support/serve.js';

describe.skipIf(prometheusPath() === undefined)('Prometheus', () => {
	it('gives a vector with its labels, an empty one, a scalar, and the moment they are of', async () => {
		const server = await startPrometheus();
		await server.page(
			'requests_total{service="a",path="/\\"x\\""} 3\nrequests_total{service="b"} 1e6\nodd NaN\nbig +Inf\n',
		);
		const prometheus = openPrometheus({url: `${server.url}/`}, makeTestHost());
		const {atMs, samples} = await prometheus.query('sum by (service, path) (requests_total)');
		expect(Math.abs(atMs - Date.now())).toBeLessThan(5000);
		expect(samples).toHaveLength(2);
		expect(samples).toContainEqual({labels: {service: 'a', path: '/"x"'}, value: 3});
		expect(samples).toContainEqual({labels: {service: 'b'}, value: 1_000_000});
		expect((await prometheus.query('nothing_total')).samples).toEqual([]);
		expect((await prometheus.query('1 + 1')).samples).toEqual([{labels: {}, value: 2}]);
		expect((await prometheus.query('sum(odd)')).samples).toEqual([{labels: {}, value: Number.NaN}]);
		expect((await prometheus.query('sum(big)')).samples).toEqual([{labels: {}, value: Number.POSITIVE_INFINITY}]);
	});

	it('answers for the moment that is asked for', async () => {
		const server = await startPrometheus();
		await server.page('requests_total 3\n');
		const prometheus = openPrometheus({url: server.url}, makeTestHost());
		const {atMs} = await prometheus.query('requests_total');
		await server.page('requests_total 5\n');
		expect(await prometheus.query('requests_total', atMs)).toMatchObject({atMs, samples: [{value: 3}]});
		expect((await prometheus.query('requests_total')).samples).toMatchObject([{value: 5}]);
	});

	it('says what is wrong with a query, and shows it', async () => {
		const {url} = await startPrometheus();
		const prometheus = openPrometheus({url}, makeTestHost());
		await expect(prometheus.query('sum(')).rejects.toMatchObject({
			code: 'PROMETHEUS_REFUSED',
			exitCode: 6,
			message: expect.stringContaining('parse error'),
			hint: expect.stringContaining('sum('),
		});
		await expect(prometheus.query('up[5m]')).rejects.toMatchObject({
			code: 'PROMETHEUS_REFUSED',
			message: expect.stringContaining('matrix'),
		});
		const elsewhere = openPrometheus({url: `${url}/graph`}, makeTestHost());
		await expect(elsewhere.query('up')).rejects.toMatchObject({
			code: 'PROMETHEUS_REFUSED',
			hint: expect.stringContaining('/api/v1'),
		});
	});

	it('says that it is dead', async () => {
		const server = await startPrometheus();
		await server.stop();
		const prometheus = openPrometheus({url: server.url}, makeTestHost());
		await expect(prometheus.query('up')).rejects.toMatchObject({code: 'PROMETHEUS_UNREACHABLE', exitCode: 6});
	});
});

describe('the client of Prometheus', () => {
	it('waits no longer than it is told, for the head and for the rest of an answer', async () => {
		for (const listener of [
			() => undefined,
			(_request: unknown, response: {write(text: string): void}) => response.write('{'),
		]) {
			const prometheus = openPrometheus(
				{url: await serve(listener as RequestListener), timeoutMs: 200},
				makeTestHost(),
			);
			const begunMs = performance.now();
			await expect(prometheus.query('up')).rejects.toMatchObject({
				code: 'PROMETHEUS_UNREACHABLE',
				message: expect.stringContaining('0.2 s'),
			});
			expect(performance.now() - begunMs).toBeLessThan(3000);
		}
	});

	it('sends credentials of the address or a token as a header, and shows neither', async () => {
		const seen: (string | undefined)[] = [];
		const url = await serve((request, response) => {
			seen.push(request.headers.authorization);
			response.writeHead(401).end('no');
		});
		const host = makeTestHost();
		const withPassword = openPrometheus({url: url.replace('//', '//anna:p%40ssword@')}, host);
		const withToken = openPrometheus({url, token: 'secret-token'}, host);
		for (const prometheus of [withPassword, withToken]) {
			const error = await prometheus.query('up').catch((caught: unknown) => caught);
			expect(error).toMatchObject({code: 'PROMETHEUS_REFUSED', hint: expect.stringContaining('token')});
			expect(`${error}${prometheus.where}`).not.toMatch(/ssword|secret-token/);
		}
		expect(seen).toEqual([`Basic ${Buffer.from('anna:p@ssword').toString('base64')}`, 'Bearer secret-token']);
		expect(host.redact('secret-token')).toBe('***');
	});

	it('takes nothing for an answer that is none', async () => {
		for (const [status, body] of [
			[200, '<html>'],
			[200, '{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}'],
			[502, 'bad gateway'],
			[302, ''],
		] as const) {
			const url = await serve((_request, response) => response.writeHead(status).end(body));
			await expect(openPrometheus({url}, makeTestHost()).query('up')).rejects.toMatchObject({
				code: 'PROMETHEUS_REFUSED',
			});
		}
	});

	it('is cut by the host’s signal', async () => {
		const controller = new AbortController();
		const url = await serve(() => controller.abort(new Error('told to stop')));
		const prometheus = openPrometheus({url}, makeTestHost({signal: controller.signal}));
		await expect(prometheus.query('up')).rejects.toThrow('told to stop');
	});
});
