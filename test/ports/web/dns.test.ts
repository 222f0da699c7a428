import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type Dns, openDns} from '../../../src/ports/web/dns.js';
import {startDns} from '../../support/audit/dns-server.js';

describe('DNS, asked itself', () => {
	let server: Awaited<ReturnType<typeof startDns>>;
	let dns: Dns;

	beforeAll(async () => {
		server = await startDns({
			'shop.example': {
				A: ['203.0.113.9'],
				AAAA: ['2001:db8:0:0:0:0:0:9'],
				CAA: ['issue letsencrypt.org', 'issuewild ;'],
			},
			'bare.example': {},
			'silent.example': 'silent',
			'broken.example': 'broken',
		});
		dns = openDns({servers: [server.server], timeoutMs: 600, signal: new AbortController().signal});
	});
	afterAll(() => server.stop());

	it('gives the addresses of each family, and CAA', async () => {
		expect(await dns.addresses('shop.example', 4)).toEqual(['203.0.113.9']);
		expect(await dns.addresses('shop.example', 6)).toEqual(['2001:db8::9']);
		expect(await dns.caa('shop.example')).toMatchObject([{issue: 'letsencrypt.org'}, {issuewild: ';'}]);
	});

	it('gives none for a name without, and for one that is not there', async () => {
		expect(await dns.addresses('bare.example', 4)).toEqual([]);
		expect(await dns.addresses('absent.example', 6)).toEqual([]);
		expect(await dns.caa('absent.example')).toEqual([]);
	});

	it.each(['silent.example', 'broken.example'])('takes no answer for none: %s', async (name) => {
		await expect(dns.addresses(name, 4)).rejects.toMatchObject({name: 'NoAnswer', why: 'dns'});
		await expect(dns.caa(name)).rejects.toMatchObject({why: 'dns'});
	});

	it('stops when the audit is interrupted', async () => {
		const stop = new AbortController();
		const asked = openDns({servers: [server.server], timeoutMs: 30_000, signal: stop.signal}).addresses(
			'silent.example',
			4,
		);
		setTimeout(() => stop.abort(), 20);
		await expect(asked).rejects.toMatchObject({why: 'interrupted'});
	});
});
