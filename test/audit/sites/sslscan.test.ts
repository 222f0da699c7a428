import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {SUITES} from '../../../src/audit/facts/cipher-suites.js';
import {sayHello} from '../../../src/ports/web/hello.js';
import type {Route} from '../../../src/ports/web/route.js';
import {makeAuthority} from '../../support/audit/authority.js';
import {runAudit} from '../../support/audit/run-audit.js';
import {type Sites, startSites} from '../../support/audit/sites.js';
import {nginxPath} from '../../support/proxies/nginx.js';
import {SITES} from './known-sites.js';

/** @throws in CI, where skipping would hide a hole */
function sslscanPath(): string | undefined {
	const path = ['/usr/bin/sslscan', '/usr/local/bin/sslscan'].find((place) => existsSync(place));
	if (path === undefined && process.env['CI']) throw new Error('sslscan is missing: run "npm run stack" first');
	return path;
}

/** What another program says of a site. It links OpenSSL 3 too, and sees no suite that OpenSSL 3 cannot speak. */
type Scan = {
	readonly versions: readonly string[];
	readonly suites: ReadonlySet<number>;
	readonly isExpired: boolean;
	readonly isSelfSigned: boolean;
	readonly signature: string;
	readonly bits: number;
};

async function scan(port: number): Promise<Scan> {
	const {stdout} = await promisify(execFile)(
		sslscanPath() ?? 'sslscan',
		['--no-colour', '--xml=-', '--sni-name=shop.example', `127.0.0.1:${port}`],
		{timeout: 60_000, maxBuffer: 1_048_576},
	);
	return {
		versions: [...stdout.matchAll(/<protocol type="tls" version="([\d.]+)" enabled="1"/g)].map(
			([, version = '']) => version,
		),
		suites: new Set(
			[...stdout.matchAll(/<cipher [^>]*id="0x([0-9a-f]+)"/gi)].map(([, id = '']) => Number.parseInt(id, 16)),
		),
		isExpired: /<expired>true/.test(stdout),
		isSelfSigned: /<self-signed>true/.test(stdout),
		signature: /<signature-algorithm>([^<]*)/.exec(stdout)?.[1] ?? '',
		bits: Number(/<pk [^>]*bits="(\d+)"/.exec(stdout)?.[1]),
	};
}

const NAMES = [
	'old-versions',
	'no-tls13',
	'static-rsa',
	'cbc-sha1',
	'no-encryption',
	'anonymous',
	'expired',
	'self-signed',
	'short-key',
	'sha1',
	'fine',
	'fine-only-tls13',
];
const ROUTE: Route = {rules: [], family: undefined, proxy: undefined, allowPrivate: true, ca: []};

describe.skipIf(nginxPath() === undefined || sslscanPath() === undefined)('sslscan, on the same sites', () => {
	let folder: string;
	let root: string;
	let sites: Sites;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'sastaops-test-scan-'));
		const authority = await makeAuthority(join(folder, 'authority'));
		root = authority.root;
		sites = await startSites(
			SITES.filter(({name}) => NAMES.includes(name)),
			authority,
			folder,
		);
	});
	afterAll(async () => {
		await sites?.stop();
		await rm(folder, {recursive: true, force: true});
	});

	it.each(NAMES)('agrees on versions, suites and certificate of %s', async (name) => {
		const {port} = sites.of(name);
		const seen = await scan(port);
		const {checks} = await runAudit(
			{
				words: ['tls.protocol', 'tls.cert', 'tls.ciphers'],
				domain: `https://shop.example:${port}`,
				rules: [{host: 'shop.example', port, addresses: ['127.0.0.1']}],
				caFiles: [root],
			},
			folder,
		);
		const checkOf = (id: string) => checks.find((check) => check.id === id);
		const offered = (checkOf('tls.protocol')?.evidence ?? [])
			.filter((line) => line.endsWith(': offered'))
			.map((line) => line.replace(/^TLS ([\d.]+):.*/, '$1'));
		expect(offered).toEqual([...seen.versions].sort());

		const weak = SUITES.filter(({id}) => seen.suites.has(id));
		const reported = checkOf('tls.ciphers')?.findings.map(({subject}) => subject) ?? [];
		const speaksOld = offered.includes('1.0') || offered.includes('1.1');
		const expected = new Set(weak.map(({fault}) => fault).filter((fault) => fault !== 'cbc' || !speaksOld));
		expect(reported.filter((subject) => subject !== undefined).sort()).toEqual([...expected].sort());

		expect(checkOf('tls.cert.expiry')?.verdict === 'fail').toBe(seen.isExpired);
		expect(checkOf('tls.cert.chain')?.reason.includes('by itself')).toBe(seen.isSelfSigned);
		const isWeakKey = /sha1|md5/i.test(seen.signature) || (seen.bits > 1000 && seen.bits < 2048);
		expect(checkOf('tls.cert.key')?.verdict === 'fail').toBe(isWeakKey);
	});

	it('agrees on each weak suite, one by one', async () => {
		for (const name of ['static-rsa', 'cbc-sha1', 'no-encryption', 'anonymous', 'fine']) {
			const {port} = sites.of(name);
			const {suites} = await scan(port);
			const taken: number[] = [];
			for (const {id} of SUITES) {
				const answer = await sayHello(
					{host: '127.0.0.1', port},
					ROUTE,
					{timeoutMs: 5000, signal: new AbortController().signal},
					{suites: [id]},
				);
				if (answer.kind === 'chosen') taken.push(answer.suite);
			}
			const theirs = SUITES.map(({id}) => id).filter((id) => suites.has(id));
			expect({name, taken}).toEqual({name, taken: theirs});
		}
	});
});
