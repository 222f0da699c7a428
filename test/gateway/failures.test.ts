import {createServer, type Socket} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {describe, expect, it, onTestFinished} from 'vitest';
import {freePort} from '../../src/local/free-port.js';
import type {Splitter} from '../../src/ports/splitter/splitter.js';
import {type Sent, sendMany, session, startBackend, startGateway} from '../support/proxies/gateway.js';

const setAll = (splitter: Splitter, share: number) => splitter.set({share, leaseMs: 60_000, owner: 'run-1'});
function bodies(answers: readonly Sent[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const {status, body} of answers) {
		const key = status === 200 ? body : String(status);
		counts[key] = (counts[key] ?? 0) + 1;
	}
	return counts;
}
const closedUrl = async () => `http://127.0.0.1:${await freePort()}`;
const post = {method: 'POST', body: '{"cart":1}', headers: {'content-type': 'application/json'}};

/** A server that takes the whole request and breaks off; `count` are the requests it has got. */
async function startBreaker(answer = ''): Promise<{url: string; count(): number}> {
	let count = 0;
	const sockets = new Set<Socket>();
	const port = await freePort();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		socket.on('data', () => {
			count++;
			socket.write(answer);
			setTimeout(() => socket.destroy(), 20);
		});
	}).listen(port, '127.0.0.1');
	onTestFinished(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return {url: `http://127.0.0.1:${port}`, count: () => count};
}

describe('a dead canary', () => {
	it('costs the shopper nothing: its share goes to stable, POST too, and counts as its error', async () => {
		const stable = await startBackend('stable');
		const {splitter, url} = await startGateway({stable: [stable.url], canary: [await closedUrl()]});
		await setAll(splitter, 0.25);
		await splitter.observe();

		const answers = await sendMany(url, 400, (index) => ({
			...(index % 2 === 0 ? post : {}),
			headers: session(index),
		}));
		await delay(50);
		const {totals, served = []} = await splitter.observe();

		expect(bodies(answers)).toEqual({stable: 400});
		expect(stable.count()).toBe(400);
		expect(totals.canary.requests).toBeGreaterThan(50);
		expect(totals.canary.errors).toBe(totals.canary.requests);
		expect(totals.stable).toEqual({requests: 400 - totals.canary.requests, errors: 0});
		expect(new Set(served.filter(({side}) => side === 'canary').map(({status}) => status))).toEqual(new Set([502]));
	});

	it('gets its share back soon after it is there again', async () => {
		const [stable, canary] = [await startBackend('stable'), await startBackend('canary')];
		const {splitter, url} = await startGateway({stable: [stable.url], canary: [canary.url]});
		await setAll(splitter, 1);
		await canary.stop();
		expect(bodies(await sendMany(url, 20, () => ({})))).toEqual({stable: 20});
		await canary.restart();
		await delay(2100);
		expect(bodies(await sendMany(url, 20, () => ({})))).toEqual({canary: 20});
	});

	it('that broke off a POST is not asked again, nor is anybody else: it may have been done', async () => {
		const stable = await startBackend('stable');
		const breaker = await startBreaker();
		const {splitter, url} = await startGateway({stable: [stable.url], canary: [breaker.url]});
		await setAll(splitter, 1);
		expect(bodies(await sendMany(url, 10, () => post))).toEqual({502: 10});
		await delay(50);
		expect(breaker.count()).toBe(10);
		expect(stable.count()).toBe(0);
		expect((await splitter.observe()).totals.canary).toEqual({requests: 10, errors: 10});
	});
});

describe('a dead stable', () => {
	it('never gives the canary more than its share', async () => {
		const canary = await startBackend('canary');
		const {splitter, url} = await startGateway({stable: [await closedUrl(), await closedUrl()], canary: [canary.url]});
		await setAll(splitter, 0.25);
		const answers = await sendMany(url, 1000, (index) => ({headers: session(index)}));
		const {canary: served = 0, ...rest} = bodies(answers);
		expect(Math.abs(served - 250)).toBeLessThan(5 * Math.sqrt(1000 * 0.25 * 0.75));
		expect(rest).toEqual({503: 1000 - served});
		await splitter.revert();
		expect(bodies(await sendMany(url, 200, (index) => ({headers: session(index)})))).toEqual({503: 200});
	});

	it('instance is passed over, for POST too, as it was sent nothing, and asked again later', async () => {
		const [first, second] = [await startBackend('first'), await startBackend('second')];
		const {url, splitter} = await startGateway({stable: [first.url, second.url], canary: [await closedUrl()]});
		expect(bodies(await sendMany(url, 100, () => ({})))).toEqual({first: 50, second: 50});
		await first.stop();
		const answers = await sendMany(url, 200, (index) => (index % 2 === 0 ? post : {}));
		expect(bodies(answers)).toEqual({second: 200});
		await first.restart();
		await delay(2100);
		expect(bodies(await sendMany(url, 100, () => ({})))).toEqual({first: 50, second: 50});
		await delay(50);
		expect((await splitter.observe()).totals.stable).toEqual({requests: 400, errors: 0});
	});

	it('instance that breaks off has its GET asked of another one, its POST of nobody', async () => {
		const breaker = await startBreaker();
		const good = await startBackend('good');
		const {url} = await startGateway({stable: [breaker.url, good.url], canary: [await closedUrl()]});
		expect(bodies(await sendMany(url, 20, () => ({})))).toEqual({good: 20});
		const broken = breaker.count();
		const posts = bodies(await sendMany(url, 20, () => post));
		expect(posts).toEqual({good: 10, 502: 10});
		expect(breaker.count() - broken).toBe(10);
		expect(good.count()).toBe(20 + 10);
	});

	it('instance that comes back within the pause is asked when there is nobody else', async () => {
		const only = await startBackend('only');
		const {url} = await startGateway({stable: [only.url], canary: [await closedUrl()]});
		await only.stop();
		expect(bodies(await sendMany(url, 5, () => ({})))).toEqual({503: 5});
		await only.restart();
		expect(bodies(await sendMany(url, 5, () => ({})))).toEqual({only: 5});
	});
});

describe('a server that fails half-way', () => {
	it('is its side’s error although it had said 200', async () => {
		const cut = await startBreaker('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
		const {url, splitter} = await startGateway({stable: [cut.url], canary: [await closedUrl()]});
		await splitter.observe();
		await expect(sendMany(url, 1, () => ({}))).rejects.toThrow();
		await delay(50);
		const {totals, served} = await splitter.observe();
		expect(totals.stable).toEqual({requests: 1, errors: 1});
		expect(served).toMatchObject([{side: 'stable', status: 502, isAborted: false}]);
	});

	it('that says no HTTP is a 502, one that says nothing a 504', async () => {
		const nonsense = await startBreaker('SSH-2.0-x\r\n\r\n');
		const silent = await startBackend('silent', () => undefined);
		for (const [backend, status] of [
			[nonsense, 502],
			[silent, 504],
		] as const) {
			const {url} = await startGateway({stable: [backend.url], canary: [await closedUrl()], idleTimeoutMs: 200});
			expect(bodies(await sendMany(url, 3, () => post))).toEqual({[status]: 3});
		}
	});

	it('that closes kept connections at any moment loses no GET and no POST', async () => {
		// Each answer promises to keep the connection, and half of them break the promise a moment later.
		let count = 0;
		const fickle = await startBackend('fickle', (request, response) => {
			request.resume().once('end', () => {
				response.end('fickle');
				if (count++ % 2 === 0) setTimeout(() => request.socket.destroy(), count % 7);
			});
		});
		const {url, splitter} = await startGateway({stable: [fickle.url], canary: [await closedUrl()]});
		const answers = await sendMany(url, 600, (index) => (index % 3 === 0 ? post : {}));
		expect(bodies(answers)).toEqual({fickle: 600});
		await delay(50);
		expect((await splitter.observe()).totals.stable).toEqual({requests: 600, errors: 0});
	});
});
