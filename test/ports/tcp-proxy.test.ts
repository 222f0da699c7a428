import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openTcpProxy, type TcpProxy} from '../../src/ports/tcp-proxy.js';
import {makeTestHost} from '../support/host.js';

const host = makeTestHost();
let echo: Server;
let proxy: TcpProxy;
const opened: Socket[] = [];

beforeEach(async () => {
	echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
	echo.listen(0, '127.0.0.1');
	await once(echo, 'listening');
	proxy = await openTcpProxy({host: '127.0.0.1', port: (echo.address() as AddressInfo).port}, host);
});
afterEach(async () => {
	for (const socket of opened.splice(0)) socket.destroy();
	await proxy.close();
	await new Promise((done) => echo.close(done));
});

async function dial(): Promise<Socket> {
	const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
	opened.push(socket);
	await once(socket, 'connect');
	return socket;
}

/** What comes back within the time, `''` for nothing. */
async function ask(socket: Socket, text: string, withinMs = 2000): Promise<string> {
	socket.write(text);
	return answer(socket, withinMs);
}

async function answer(socket: Socket, withinMs: number): Promise<string> {
	return Promise.race([once(socket, 'data').then(([piece]) => String(piece)), host.sleep(withinMs).then(() => '')]);
}

describe('the TCP proxy', () => {
	it('passes bytes both ways and counts them', async () => {
		const socket = await dial();
		expect(await ask(socket, 'hello')).toBe('hello');
		expect(proxy.counts()).toMatchObject({open: 1, accepted: 1, bytesUp: 5, bytesDown: 5});
		socket.destroy();
		await expect.poll(() => proxy.counts().open).toBe(0);
	});

	it('delays each way, and lets nothing overtake', async () => {
		const socket = await dial();
		await proxy.set({kind: 'delay', ms: 60});
		const beganMs = host.monotonicMs();
		const first = ask(socket, 'a');
		await host.sleep(10);
		await proxy.set({kind: 'pass'});
		socket.write('b');
		expect(await first).toBe('ab');
		expect(host.monotonicMs() - beganMs).toBeGreaterThan(55);
	});

	it('hangs without closing, and passes on what it took when it goes on', async () => {
		const socket = await dial();
		await proxy.set({kind: 'hang'});
		expect(await ask(socket, 'late', 80)).toBe('');
		const other = await dial();
		expect(await ask(other, 'new', 80)).toBe('');
		await proxy.set({kind: 'pass'});
		expect(await answer(other, 2000)).toBe('new');
	});

	it('counts a client that left a hanging proxy as gone', async () => {
		const socket = await dial();
		await proxy.set({kind: 'hang'});
		await ask(socket, 'x', 20);
		socket.destroy();
		await expect.poll(() => proxy.counts().open).toBe(0);
	});

	it('refuses, resets what was open, and listens on the same port again', async () => {
		const socket = await dial();
		await ask(socket, 'x');
		const reset = once(socket, 'error');
		await proxy.set({kind: 'refuse'});
		expect((await reset)[0]).toMatchObject({code: 'ECONNRESET'});
		const refused = connect(proxy.port, '127.0.0.1');
		expect((await once(refused, 'error'))[0]).toMatchObject({code: 'ECONNREFUSED'});
		await proxy.set({kind: 'pass'});
		expect(await ask(await dial(), 'again')).toBe('again');
	});

	it('holds the connection of the next piece alone', async () => {
		const [one, two] = [await dial(), await dial()];
		await proxy.set({kind: 'next', act: 'hold', connections: 1});
		expect(await ask(one, 'lost', 60)).toBe('');
		expect(await ask(two, 'fine')).toBe('fine');
		expect(proxy.counts().struck).toBe(1);
	});

	it('cuts an answer in its middle by a reset', async () => {
		const socket = await dial();
		await proxy.set({kind: 'next', act: 'cut-answer', connections: 1});
		const reset = once(socket, 'error');
		expect(await ask(socket, '12345678')).toBe('1234');
		socket.resume();
		expect((await reset)[0]).toMatchObject({code: 'ECONNRESET'});
		expect(proxy.counts().bytesDown).toBe(8);
		expect(await ask(await dial(), 'fine')).toBe('fine');
	});

	it('resets before the server has seen a byte', async () => {
		const socket = await dial();
		await proxy.set({kind: 'next', act: 'reset', connections: 1});
		const reset = once(socket, 'error');
		socket.write('x');
		expect((await reset)[0]).toMatchObject({code: 'ECONNRESET'});
		expect(proxy.counts().bytesDown).toBe(0);
	});

	it('leaves no connection and no listener when it is closed while it hangs', async () => {
		const socket = await dial();
		await proxy.set({kind: 'hang'});
		await ask(socket, 'x', 20);
		await proxy.close();
		expect(proxy.counts().open).toBe(0);
		const refused = connect(proxy.port, '127.0.0.1');
		expect((await once(refused, 'error'))[0]).toMatchObject({code: 'ECONNREFUSED'});
	});
});
