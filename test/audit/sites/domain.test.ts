import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {AuditOptions} from '../../../src/audit/audit.js';
import {makeAuthority} from '../../support/audit/authority.js';
import {startDns} from '../../support/audit/dns-server.js';
import {runAudit} from '../../support/audit/run-audit.js';
import {type Sites, startSites} from '../../support/audit/sites.js';
import {nginxPath} from '../../support/proxies/nginx.js';

const BOTH = {names: ['DNS:shop.example', 'DNS:www.shop.example']};
const OWN = 'if ($host = shop.example) { return 301 https://www.shop.example:$server_port$request_uri; }';

describe.skipIf(nginxPath() === undefined)('the domain of a site', () => {
	let folder: string;
	let root: string;
	let sites: Sites;
	let dns: Awaited<ReturnType<typeof startDns>>;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'sastaops-test-domain-'));
		const authority = await makeAuthority(join(folder, 'authority'));
		root = authority.root;
		dns = await startDns({
			'public.example': {A: ['203.0.113.9'], AAAA: ['2001:db8:0:0:0:0:0:9']},
			'hidden.example': {A: ['10.1.2.3']},
			'silent.example': 'silent',
		});
		sites = await startSites(
			[
				{name: 'leads', certificate: BOTH, https: `${OWN} location / { try_files $uri $uri/ =404; }`},
				{name: 'serves-both', certificate: BOTH},
				{name: 'wrong-for-www'},
			],
			authority,
			folder,
		);
	});
	afterAll(async () => {
		await sites?.stop();
		dns?.stop();
		await rm(folder, {recursive: true, force: true});
	});

	async function ask(id: string, options: Partial<AuditOptions> & Pick<AuditOptions, 'domain'>) {
		const {checks} = await runAudit({words: [id], caFiles: [root], dnsServers: [dns.server], ...options}, folder);
		return checks.map(({verdict}) => verdict).join();
	}

	it.each([
		['leads', 'pass'],
		['serves-both', 'warn'],
		['wrong-for-www', 'fail'],
	])('has one canonical name when it %s: %s', async (name, verdict) => {
		const {port} = sites.of(name);
		const rules = ['shop.example', 'www.shop.example'].map((host) => ({host, port, addresses: ['127.0.0.1']}));
		expect(await ask('http.canonical', {domain: `https://shop.example:${port}`, rules})).toBe(verdict);
	});

	it('is not asked for its other name when only one is led here', async () => {
		const {port} = sites.of('leads');
		const rules = [{host: 'shop.example', port, addresses: ['127.0.0.1']}];
		expect(await ask('http.canonical', {domain: `https://shop.example:${port}`, rules})).toBe('skip');
	});

	it.each([
		['hidden.example', 'fail'],
		['absent.example', 'fail'],
		['silent.example', 'inconclusive'],
		['localhost', 'skip'],
		['127.0.0.1', 'skip'],
	])('has the address DNS gives: %s, %s', async (host, verdict) => {
		const {loadConfig} = await import('../../../src/kernel/config/load.js');
		const {makeTestHost} = await import('../../support/host.js');
		const loaded = await loadConfig(makeTestHost({cwd: folder, env: {SASTAOPS_AUDIT_TIMEOUT: '1s'}}));
		expect(await ask('dns.resolve', {domain: host, loaded})).toBe(verdict);
	});

	it('is judged by no absence of CAA, and by none of DNS', async () => {
		expect(await ask('dns.caa', {domain: 'public.example'})).toBe('pass');
	});
});
