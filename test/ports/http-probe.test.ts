import {createServer, type RequestListener} from 'node:http';
import {type AddressInfo, createServer as createTcpServer} from 'node:net';
import {describe, expect, it, onTestFinished} from 'vitest';
import {httpGet, readHealth} from '../../src/ports/http-probe.js';
import {makeTestHost} from '../support/host.js';

async function serve(listener: RequestListener): Promise<string> {
	const server = createServer(listener);
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	onTestFinished(() => {
		server.close();
		server.closeAllConnections();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/health`;
}

const answering = (status: number, body: string) =>
	serve((_request, response) => response.writeHead(status, {'content-type': 'application/json'}).end(body));

const read = (url: string, timeoutMs = 2000) => readHealth({url, timeoutMs}, makeTestHost());

describe('readHealth', () => {
	it.each([
		[200, '{"status":"ok","version":"1.2.0"}', true, '1.2.0'],
		[200, '{"status":"up"}', true, undefined],
		[200, '{}', true, undefined],
		[200, '{"status":"degraded","version":"1.2.0"}', false, '1.2.0'],
		[503, '{"status":"ok","version":"1.2.0"}', false, '1.2.0'],
		[302, '{"status":"ok"}', false, undefined],
		[200, '[]', false, undefined],
		[200, 'null', false, undefined],
		[200, '"ok"', false, undefined],
		[200, '<html>welcome</html>', false, undefined],
		[200, '', false, undefined],
		[200, '{"version":12}', true, undefined],
	])('of %i %s is healthy: %s, version %s', async (status, body, isHealthy, version) => {
		expect(await read(await answering(status, body))).toMatchObject({isHealthy, version});
	});

	it('tells of maintenance', async () => {
		expect(await read(await answering(503, '{"maintenance":true}'))).toMatchObject({isInMaintenance: true});
	});

	it('of a shop that hangs is unhealthy when the time is over', async () => {
		const startedMs = performance.now();
		const {isHealthy, words} = await read(await serve(() => undefined), 200);
		expect(isHealthy).toBe(false);
		expect(words).toMatch(/^no answer: .*(timeout|aborted)/i);
		expect(performance.now() - startedMs).toBeLessThan(5000);
	});

	it('of a shop that begins to answer and hangs is unhealthy too', async () => {
		const url = await serve((_request, response) => void response.writeHead(200).write('{"status":"ok",'));
		expect(await read(url, 300)).toMatchObject({isHealthy: false, words: expect.stringContaining('no answer')});
	});

	it('of a connection that is reset, refused, or no HTTP is unhealthy', async () => {
		const reset = createTcpServer((socket) => socket.destroy());
		const noise = createTcpServer((socket) => {
			socket.on('error', () => undefined).write('SSH-2.0-nothing\r\n');
			setTimeout(() => socket.destroy(), 100);
		});
		for (const server of [reset, noise]) {
			await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
			const {port} = server.address() as AddressInfo;
			expect(await read(`http://127.0.0.1:${port}/`)).toMatchObject({isHealthy: false});
			await new Promise((done) => server.close(done));
			expect(await read(`http://127.0.0.1:${port}/`)).toMatchObject({isHealthy: false});
		}
	});

	it('sends the configured headers', async () => {
		const url = await serve((request, response) => {
			response.end(JSON.stringify({version: request.headers['x-key']}));
		});
		expect(await readHealth({url, headers: {'X-Key': 'sesame'}}, makeTestHost())).toMatchObject({version: 'sesame'});
	});
});

describe('httpGet', () => {
	it('reads no more than it is told of a body without end', async () => {
		let sent = 0;
		const url = await serve((_request, response) => {
			const timer = setInterval(() => {
				sent += 100_000;
				response.write('x'.repeat(100_000));
			}, 1);
			response.on('close', () => clearInterval(timer));
		});
		const {body} = await httpGet({url, maxBytes: 250_000}, makeTestHost());
		expect(body).toHaveLength(250_000);
		expect(sent).toBeLessThan(20_000_000);
	});
});
