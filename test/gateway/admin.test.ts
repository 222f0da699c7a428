import {rename, stat, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {request} from 'undici';
import {describe, expect, it} from 'vitest';
import {temporaryFolder} from '../support/folder.js';
import {startBackend, startGateway} from '../support/proxies/gateway.js';

const start = async (options: Partial<Parameters<typeof startGateway>[0]> = {}) => {
	const backend = await startBackend('shop');
	const gateway = await startGateway({stable: [backend.url], canary: [backend.url], ...options});
	return {backend, ...gateway};
};

describe('the admin endpoint', () => {
	it('cannot be reached through the shop’s port, whatever the path', async () => {
		const {url, splitter, backend} = await start();
		for (const path of ['/split', '/served', '/totals']) {
			const {statusCode, body} = await request(`${url}${path}`, {
				method: 'PUT',
				body: '{"share":1,"leaseMs":9000,"owner":null}',
			});
			expect([statusCode, await body.text()]).toEqual([200, 'shop']);
		}
		expect(backend.count()).toBe(3);
		expect(await splitter.read()).toMatchObject({share: 0});
	});

	it('on a unix socket is for its owner only, and gone with the gateway', async () => {
		const path = join(await temporaryFolder(), 'gateway.sock');
		const {splitter, admin, close} = await start({admin: path});
		expect(admin).toBe(`unix:${path}`);
		expect((await stat(path)).mode & 0o777).toBe(0o600);
		expect(await splitter.set({share: 0.05, leaseMs: 9000, owner: 'run-1'})).toMatchObject({
			share: 0.05,
			owner: 'run-1',
		});
		await close();
		await expect(stat(path)).rejects.toMatchObject({code: 'ENOENT'});
		await expect(splitter.read()).rejects.toMatchObject({
			code: 'SPLITTER_UNREACHABLE',
			message: expect.stringContaining(path),
		});
	});

	it('takes the place of a socket that a killed gateway left, but of nothing that lives or is something else', async () => {
		const folder = await temporaryFolder();
		const path = join(folder, 'gateway.sock');
		// A socket whose server is gone: what kill -9 leaves.
		const dead = createServer().listen(join(folder, 'dead'));
		await new Promise((done) => dead.once('listening', done));
		await rename(join(folder, 'dead'), path);
		await new Promise((done) => dead.close(done));
		const first = await start({admin: path});
		expect(await first.splitter.read()).toMatchObject({share: 0});

		await expect(start({admin: path})).rejects.toMatchObject({code: 'GATEWAY_ADMIN', exitCode: 4});
		expect(await first.splitter.read()).toMatchObject({share: 0});

		await writeFile(join(folder, 'notes'), 'mine');
		await expect(start({admin: join(folder, 'notes')})).rejects.toMatchObject({code: 'GATEWAY_ADMIN'});
		await expect(start({admin: join(folder, 'no', 'such.sock')})).rejects.toMatchObject({code: 'GATEWAY_ADMIN'});
		await expect(start({admin: `/${'x'.repeat(200)}`})).rejects.toMatchObject({code: 'GATEWAY_ADMIN', exitCode: 2});
	});

	it('is not opened to the network without a token', async () => {
		await expect(start({admin: '0.0.0.0:0'})).rejects.toMatchObject({code: 'GATEWAY_ADMIN_OPEN', exitCode: 2});
		const {admin} = await start({admin: '0.0.0.0:0', token: 'secret-of-the-test'});
		const {statusCode} = await request(`${admin.replace('0.0.0.0', '127.0.0.1')}/split`);
		expect(statusCode).toBe(401);
	});

	it('does not listen to a page that a browser of this machine has open', async () => {
		const {admin, splitter} = await start();
		const body = '{"share":1,"leaseMs":9000,"owner":null}';
		// A name of theirs that points at the loopback address.
		const rebound = await request(`${admin}/split`, {
			method: 'PUT',
			headers: {host: 'evil.example', 'content-type': 'application/json'},
			body,
		});
		expect(rebound.statusCode).toBe(403);
		// What a page may send without being asked first: no PUT, and no JSON.
		for (const method of ['POST', 'GET'] as const) {
			const simple = await request(`${admin}/split`, {
				method,
				...(method === 'POST' ? {headers: {'content-type': 'text/plain'}, body} : {}),
			});
			expect(simple.statusCode).toBe(method === 'GET' ? 200 : 404);
		}
		const preflight = await request(`${admin}/split`, {method: 'OPTIONS', headers: {origin: 'https://evil.example'}});
		expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
		expect(await splitter.read()).toMatchObject({share: 0});
	});

	it.each([
		'{"share":2,"leaseMs":1,"owner":null}',
		'{"share":0.1,"owner":null}',
		'{"share":0.1,"leaseMs":1e99,"owner":null}',
		'{"share":"1","leaseMs":1,"owner":null}',
		'{"share":1,"leaseMs":1,"owner":null,"more":1}',
		'{"share":1,',
		'[]',
		`{"share":1,"leaseMs":1,"owner":"${'x'.repeat(5000)}"}`,
	])('refuses %s, and stays as it was', async (body) => {
		const {admin, splitter} = await start();
		await splitter.set({share: 0.05, leaseMs: 9000, owner: 'run-1'});
		const {statusCode} = await request(`${admin}/split`, {
			method: 'PUT',
			headers: {'content-type': 'application/json'},
			body,
		});
		expect(statusCode).toBeGreaterThanOrEqual(400);
		expect(await splitter.read()).toMatchObject({share: 0.05, owner: 'run-1'});
	});

	it('says where the port is taken, and leaves nothing listening', async () => {
		const {url} = await start();
		const path = join(await temporaryFolder(), 'gateway.sock');
		const taken = {host: '127.0.0.1', port: Number(new URL(url).port)};
		await expect(start({listen: taken, admin: path})).rejects.toMatchObject({code: 'GATEWAY_PORT', exitCode: 4});
		await expect(stat(path)).rejects.toMatchObject({code: 'ENOENT'});
	});
});
