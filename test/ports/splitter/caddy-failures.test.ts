import {once} from 'node:events';
import {chmod, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {rootCertificates} from 'node:tls';
import {request} from 'undici';
import {describe, expect, it, onTestFinished} from 'vitest';
import {isSastaError} from '../../../src/kernel/errors.js';
import {type CaddyOptions, openCaddy} from '../../../src/ports/splitter/caddy.js';
import {makeCaddyParser} from '../../../src/ports/splitter/caddy-log.js';
import type {ServedRequest} from '../../../src/ports/splitter/splitter.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {type CaddySetup, caddyPath, startCaddy} from '../../support/proxies/caddy.js';
import {sendMany, session, startBackend} from '../../support/proxies/gateway.js';

const WANTED = {share: 0.25, leaseMs: 120_000, owner: 'run-1'};
const OFF = '"sastaops:shop-canary" == "off"';
const errorOf = (work: Promise<unknown>) =>
	work.then(
		() => {
			throw new Error('it did not fail');
		},
		(error: unknown) => {
			if (!isSastaError(error)) throw error;
			return error;
		},
	);

async function startSplit(setup: Partial<CaddySetup> = {}) {
	const [stable, canary] = [await startBackend('stable'), await startBackend('canary')];
	const folder = await temporaryFolder();
	const caddy = await startCaddy({stable: [stable.url], canary: [canary.url], folder, ...setup});
	const open = (changes: Partial<CaddyOptions> = {}) => {
		const splitter = openCaddy({...caddy.options, ...changes}, makeTestHost());
		onTestFinished(() => splitter.close());
		return splitter;
	};
	const {admin} = caddy.options;
	/** As another hand does it. */
	const patch = async (path: string, value: unknown) => {
		const answer = await fetch(`${admin}/config/${path}`, {
			method: 'PATCH',
			headers: {'content-type': 'application/json'},
			body: JSON.stringify(value),
		});
		expect(answer.status).toBe(200);
	};
	return {caddy, url: caddy.url, stable, canary, folder, open, patch, splitter: open()};
}

const ROUTES = 'apps/http/servers/srv0/routes/0/handle/0/routes';

async function statuses(url: string): Promise<Record<number, number>> {
	const counts: Record<number, number> = {};
	for (const {status} of await sendMany(url, 100, (index) => ({headers: session(index)})))
		counts[status] = (counts[status] ?? 0) + 1;
	return counts;
}

describe.skipIf(caddyPath() === undefined)('Caddy that fails', () => {
	it('knows a matcher that another hand has changed, and mends it by a revert', async () => {
		const {splitter, patch, url, canary} = await startSplit();
		await splitter.set(WANTED);
		for (const changed of ['"sastaops:shop-canary" != ""', `${OFF} || true`]) {
			await patch(`${ROUTES}/1/match/0/expression`, changed);
			for (const work of [() => splitter.read(), () => splitter.set(WANTED)])
				expect((await errorOf(work())).code).toBe('SPLITTER_UNKNOWN');
			expect(await splitter.revert()).toMatchObject({share: 0, leaseMs: 0});
			const before = canary.count();
			expect(await statuses(url)).toEqual({200: 100});
			expect(canary.count()).toBe(before);
		}
	});

	it('refuses a Caddy that has no such matcher, or two, or other logs', async () => {
		const {open, caddy, patch} = await startSplit();
		expect((await errorOf(open({id: 'other'}).set(WANTED))).code).toBe('SPLITTER_UNKNOWN');
		expect((await errorOf(open({log: '/var/log/other.log'}).observe())).code).toBe('SPLITTER_UNKNOWN');
		const route = {match: [{expression: OFF}]};
		const config = await (await fetch(`${caddy.options.admin}/config/${ROUTES}`)).json();
		await patch(ROUTES, [...(config as unknown[]), route]);
		expect((await errorOf(open().read())).message).toMatch(/has 2 matchers/);
		expect(() => open({id: 'a" || true'})).toThrow(/canary.splitter.id/);
		expect(() => open({admin: 'ftp://x'})).toThrow(/no admin address/);
	});

	it('sends nobody to the canary, and fails nobody, where the key of the session is not set', async () => {
		const edit = (config: string) => config.replace(/\tmap .*? \{sastaops_key\} .*?\n\t\}\n/s, '');
		const {splitter, url, canary} = await startSplit({edit});
		await splitter.set({...WANTED, share: 1});
		expect(await statuses(url)).toEqual({200: 100});
		expect(canary.count()).toBe(0);
	});

	it('stays as it was where Caddy refuses to load, and says what it says', async () => {
		const folder = await temporaryFolder();
		const authority = join(folder, 'ca.pem');
		await writeFile(authority, rootCertificates[0] ?? '');
		const other = `handle /other {\n\t\treverse_proxy https://127.0.0.1:9 {\n\t\t\ttransport http {\n\t\t\t\ttls_trusted_ca_certs ${authority}\n\t\t\t}\n\t\t}\n\t}\n\n\t`;
		const edit = (config: string) => config.replace('handle @sastaops_canary', `${other}$&`);
		const {splitter, url, canary} = await startSplit({edit});
		const before = await splitter.set(WANTED);
		await statuses(url);
		const share = canary.count();
		// Caddy loads the whole configuration with each change, the shop's certificates too.
		await rm(authority);
		for (const work of [() => splitter.set({...WANTED, share: 1}), () => splitter.revert()]) {
			const error = await errorOf(work());
			expect(error).toMatchObject({code: 'SPLITTER_REFUSED', message: expect.stringMatching(/ca\.pem/)});
			expect(await splitter.read()).toMatchObject({share: before.share, owner: before.owner});
			const count = canary.count();
			expect(await statuses(url)).toEqual({200: 100});
			expect(canary.count() - count).toBe(share);
		}
		await writeFile(authority, rootCertificates[0] ?? '');
		expect(await splitter.revert()).toMatchObject({share: 0});
	});

	it('does not believe an endpoint that says yes and does nothing', async () => {
		const {caddy} = await startSplit();
		const lying = await startLiar(caddy.options.admin, (method) => (method === 'PATCH' ? 200 : undefined));
		const error = await errorOf(openCaddy({...caddy.options, admin: lying}, makeTestHost()).set(WANTED));
		expect(error.code).toBe('SPLITTER_UNPROVED');
	});

	it('does not write into a configuration that another hand changes at the same moment', async () => {
		const {caddy, splitter, patch} = await startSplit();
		let changes = 0;
		const meddler = await startLiar(caddy.options.admin, async (method) => {
			if (method !== 'PATCH' || changes >= 2) return undefined;
			changes++;
			// A route before ours: the place of the matcher is another's now.
			const routes = (await (await fetch(`${caddy.options.admin}/config/${ROUTES}`)).json()) as unknown[];
			await patch(ROUTES, [
				{match: [{expression: 'false'}], handle: [{handler: 'static_response', body: 'x'}]},
				...routes,
			]);
			return undefined;
		});
		const through = openCaddy({...caddy.options, admin: meddler}, makeTestHost());
		expect(await through.set(WANTED)).toMatchObject({share: 0.25});
		expect(changes).toBe(2);
		expect(await splitter.read()).toMatchObject({share: 0.25, owner: 'run-1'});
		const routes = (await (await fetch(`${caddy.options.admin}/config/${ROUTES}`)).json()) as {match?: object[]}[];
		expect(routes.slice(0, 2).map(({match}) => match)).toEqual([[{expression: 'false'}], [{expression: 'false'}]]);
	});

	it('says that Caddy does not answer where its socket is closed to us or something else listens', async () => {
		const {caddy, open} = await startSplit({admin: 'unix'});
		expect(await open().read()).toMatchObject({share: 0});
		if (process.getuid?.() !== 0) {
			await chmod(caddy.options.admin.slice('unix:'.length), 0o000);
			expect((await errorOf(open().read())).code).toBe('SPLITTER_UNREACHABLE');
		}
		expect((await errorOf(open({admin: 'unix:/no/such.sock'}).read())).code).toBe('SPLITTER_UNREACHABLE');
		expect((await errorOf(open({admin: caddy.url}).read())).code).toBe('SPLITTER_UNKNOWN');
	});

	it('refuses nonsense', async () => {
		const {splitter} = await startSplit();
		for (const wrong of [{share: 1.1}, {share: -0.1}, {share: Number.NaN}, {leaseMs: 3_700_000}, {owner: ''}])
			expect((await errorOf(splitter.set({...WANTED, ...wrong}))).code).toBe('SPLITTER_REFUSED');
	});

	it('answers all that it takes while it is changed, and resets hardly a connection', async () => {
		const {splitter, url} = await startSplit();
		let isDone = false;
		const counts: Record<string, number> = {};
		const sending = (async () => {
			for (let index = 0; !isDone; index++) {
				const answer = await fetch(url, {headers: {...session(index), connection: 'close'}}).catch(() => undefined);
				const key = answer === undefined ? 'reset' : String(answer.status);
				counts[key] = (counts[key] ?? 0) + 1;
				await answer?.text();
			}
		})();
		const shares = [0.05, 0.25, 0.5, 1, 0.5];
		for (const share of shares) await splitter.set({...WANTED, share});
		await splitter.revert();
		isDone = true;
		await sending;
		// Caddy 2.6 drops a connection that comes in the moment in which it changes listeners.
		const {reset = 0, 200: fine = 0, ...others} = counts;
		expect(others).toEqual({});
		expect(fine).toBeGreaterThan(0);
		expect(reset).toBeLessThanOrEqual(shares.length + 1);
	});

	it('cannot be told a false log by odd paths, methods and headers', async () => {
		const {url, splitter, caddy} = await startSplit();
		await splitter.observe();
		const forged = '{"msg":"handled request","resp_headers":{"X-Sastaops-Side":["canary"]},"status":500}';
		const paths = [
			'/a"b',
			"/a'b\\",
			'/%0a%0d{"ts":1',
			`/${encodeURIComponent(forged)}`,
			'/%E2%82%AC',
			`/${'k'.repeat(7900)}`,
			'/a?token=secret&x="',
			'/a/../b//c',
		];
		const {hostname, port, host} = new URL(url);
		for (const path of paths) {
			const socket = connect(Number(port), hostname).resume();
			socket.write(
				`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Sastaops-Side: canary\r\nUser-Agent: "}\\n${forged}\r\nConnection: close\r\n\r\n`,
			);
			await once(socket, 'close');
		}
		const served: ServedRequest[] = [];
		for (const limit = Date.now() + 30_000; served.length < paths.length && Date.now() < limit; await delay(20)) {
			const reading = await splitter.observe();
			expect(reading.missed).toBe(0);
			served.push(...(reading.served ?? []));
		}
		expect(served.map(({path}) => path)).toEqual(paths.map((path) => path.replace(/\?.*/, '')));
		expect(served.every(({side, status}) => side === 'stable' && status === 200)).toBe(true);
		expect(await readFile(caddy.options.log, 'utf8')).not.toContain('sid=');
	});
});

/** Passes on to the endpoint what `answer` has no status for. */
async function startLiar(
	admin: string,
	answer: (method: string) => number | undefined | Promise<number | undefined>,
): Promise<string> {
	const server = createServer(async (request, response) => {
		const method = request.method ?? 'GET';
		const status = await answer(method);
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		if (status !== undefined) return void response.writeHead(status).end('{"error":"loading: no"}');
		const passed = await fetch(`${admin}${request.url}`, {
			method,
			headers: Object.entries(request.headers)
				.filter(([name]) => ['content-type', 'if-match'].includes(name))
				.map(([name, value]): [string, string] => [name, String(value)]),
			...(chunks.length === 0 ? {} : {body: Buffer.concat(chunks)}),
		});
		const text = await passed.text();
		const config = method === 'GET' && request.url === '/config/' ? await etagOf(admin) : undefined;
		response.writeHead(passed.status, {date: passed.headers.get('date') ?? '', ...(config ? {etag: config} : {})});
		response.end(text);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => void server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** It comes as a trailer of Caddy 2.6, which `fetch` does not show. */
async function etagOf(admin: string): Promise<string> {
	const {body, headers, trailers} = await request(`${admin}/config/`);
	await body.dump();
	return String({...headers, ...trailers}['etag']);
}

describe('a line of Caddy’s log', () => {
	const parse = makeCaddyParser('salt');
	const line = ({
		status = 200,
		size = 5,
		method = 'GET',
		side = 'canary',
		length,
	}: {
		status?: number;
		size?: number;
		method?: string;
		side?: string;
		length?: string;
	} = {}) =>
		JSON.stringify({
			msg: 'handled request',
			ts: 1_764_000_000.123,
			request: {remote_ip: '192.0.2.1', method, uri: '/a?b', headers: {}},
			duration: 0.0123,
			size,
			status,
			resp_headers: {'X-Sastaops-Side': [side], ...(length ? {'Content-Length': [length]} : {})},
		});

	it.each([
		[
			'a plain one',
			{},
			{side: 'canary', status: 200, durationMs: 12, path: '/a', isAborted: false, atMs: 1_764_000_000_123},
		],
		['one of a client that left before the answer', {status: 0}, {status: 0, isAborted: true}],
		['the same of Caddy 2.7', {status: 499}, {status: 0, isAborted: true}],
		['one that was cut', {length: '10'}, {status: 200, isAborted: true}],
		['one without a body', {method: 'HEAD', size: 0, length: '10'}, {isAborted: false}],
		['one that has not changed', {status: 304, size: 0, length: '10'}, {isAborted: false}],
		['one that stable answered for the canary', {side: 'canary-down'}, {side: 'canary', status: 502}],
		['one of no side', {side: 'x'}, undefined],
	])('is read: %s', (_, fields, wanted) => {
		const parsed = parse(line(fields));
		if (wanted === undefined) expect(parsed).toEqual({request: undefined, broken: 0});
		else expect(parsed).toMatchObject({request: wanted, broken: 0});
	});

	it('is another’s where it tells of something else, and missed where it is cut', () => {
		expect(parse('{"level":"info","msg":"cleaning storage"}')).toBeUndefined();
		expect(parse(line().slice(0, 60))).toEqual({request: undefined, broken: 1});
	});

	it('tells clients apart, and never who they are', () => {
		const [a, b] = [parse(line()), makeCaddyParser('other')(line())].map((parsed) => parsed?.request?.client);
		expect(a).toMatch(/^[0-9a-f]{16}$/);
		expect(b).not.toBe(a);
		expect(parse(line())?.request?.client).toBe(a);
		expect(parse(line().replace('192.0.2.1', '192.0.2.2'))?.request?.client).not.toBe(a);
	});
});
