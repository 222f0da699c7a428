import type {IncomingHttpHeaders} from 'node:http';
import {describe, expect, it} from 'vitest';
import {makeBudget, NotSent} from '../../src/audit/budget.js';
import {Blocked, makeSite, type SiteWorld} from '../../src/audit/site.js';
import {makeTarget} from '../../src/audit/target.js';
import {NoAnswer} from '../../src/ports/web/dial.js';
import {makeTestHost} from '../support/host.js';
import {serve} from '../support/serve.js';

/** A site of one check, with what its servers were asked. */
function openSite(domain: string, headers: SiteWorld['headers'] = {}, allowPrivate = true) {
	const host = makeTestHost();
	const budget = makeBudget({perSecond: Number.POSITIVE_INFINITY, total: 100, parallel: 4}, host);
	const world: SiteWorld = {
		target: makeTarget({domain, api: '/api', httpPort: undefined, rules: []}),
		route: {rules: [], family: undefined, proxy: undefined, allowPrivate, ca: []},
		budget,
		headers,
		userAgent: 'sastaops-audit/0',
		timeoutMs: 5000,
		sent: [],
		pages: new Map(),
		rateLimit: {hasWaited: false},
		host,
	};
	return {site: makeSite(world, 'tls.protocol'), budget, sent: world.sent};
}

/** A server that keeps the headers of what it was asked. */
async function listen(status = 200, answer: Readonly<Record<string, string>> = {}) {
	const seen: IncomingHttpHeaders[] = [];
	const url = await serve((request, response) => {
		seen.push(request.headers);
		response.writeHead(status, answer).end('said');
	});
	return {url, seen};
}

describe('a site', () => {
	const HEADERS = {'x-audit': 'yes', authorization: 'Basic c2VjcmV0', cookie: 'pass=1'};

	it('sends the headers it was given to the target, and what lets somebody in to no other origin of the host', async () => {
		const own = await listen();
		const other = await listen();
		const {site} = openSite(own.url, HEADERS);

		await site.send({url: '/'});
		await site.send({url: other.url});

		expect(own.seen[0]).toMatchObject({...HEADERS, 'user-agent': 'sastaops-audit/0'});
		expect(other.seen[0]).toMatchObject({'x-audit': 'yes'});
		expect(other.seen[0]).not.toHaveProperty('authorization');
		expect(other.seen[0]).not.toHaveProperty('cookie');
	});

	it('sends none of them to another host, and no credentials of the shop', async () => {
		const own = await listen();
		const other = await listen();
		const {site} = openSite(own.url, HEADERS);
		const elsewhere = other.url.replace('127.0.0.1', 'localhost');

		await site.send({url: elsewhere}).catch(() => undefined);
		await site.elsewhere({url: new URL(other.url)});

		for (const headers of other.seen) expect(headers).not.toHaveProperty('x-audit');
		await expect(site.send({url: other.url, credentials: {authorization: 'Bearer x'}})).rejects.toThrow(
			'wanted to send',
		);
		expect(other.seen).not.toContainEqual(expect.objectContaining({authorization: 'Bearer x'}));
	});

	it('counts what goes to the target, and writes down everything', async () => {
		const own = await listen();
		const {site, budget, sent} = openSite(own.url);

		await Promise.all([site.page('/'), site.page('/'), site.page(`${own.url}/`)]);
		await site.elsewhere({url: new URL(own.url)});

		expect(own.seen).toHaveLength(2);
		expect(budget.spent()).toBe(1);
		expect(sent.map(({what, result}) => `${what} ${result}`)).toEqual([`GET ${own.url}/ 200`, `GET ${own.url}/ 200`]);
	});

	it('waits once when it is asked to, and then asks no more', async () => {
		const own = await listen(429, {'retry-after': '0'});
		const {site} = openSite(own.url);

		await expect(site.send({url: '/'})).rejects.toBeInstanceOf(NotSent);
		await expect(site.send({url: '/other'})).rejects.toBeInstanceOf(NotSent);
		expect(own.seen).toHaveLength(2);
	});

	it('does not wait for an hour', async () => {
		const own = await listen(429, {'retry-after': '3600'});

		await expect(openSite(own.url).site.send({url: '/'})).rejects.toThrow('limits us');
		expect(own.seen).toHaveLength(1);
	});

	it('leaves a 429 to the check that asked for one', async () => {
		const own = await listen(429);

		expect(await openSite(own.url).site.send({url: '/', expects429: true})).toMatchObject({status: 429});
	});

	it('takes the page of a firewall for no answer of the shop', async () => {
		const own = await listen(403, {'cf-mitigated': 'challenge'});

		await expect(openSite(own.url).site.send({url: '/'})).rejects.toBeInstanceOf(Blocked);
	});

	it('goes into no private network that a public name leads to', async () => {
		const own = await listen();
		const {site} = openSite('https://shop.example', {}, false);

		await expect(site.send({url: own.url})).rejects.toMatchObject({why: 'private'});
		expect(own.seen).toHaveLength(0);
	});

	it('says why there was no answer', async () => {
		const {site, sent} = openSite('http://127.0.0.1:9');

		await expect(site.send({url: '/'})).rejects.toBeInstanceOf(NoAnswer);
		expect(sent).toMatchObject([{what: 'GET http://127.0.0.1:9/', result: 'refused'}]);
	});
});
