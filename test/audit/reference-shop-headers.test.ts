import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {type IncomingMessage, request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openAudit} from '../../src/audit/audit.js';
import type {AuditResult} from '../../src/audit/result.js';
import {loadConfig} from '../../src/kernel/config/load.js';
import {openTestShop, type TestShop} from '../app/open-test-shop.js';
import {makeTestHost} from '../support/host.js';
import {serve} from '../support/serve.js';
import {foundIn} from './support/https-site.js';

const TOKEN = 'a-token-of-the-test-that-is-long-enough';
const ADMIN = 'https://admin.example';

let shop: TestShop;
let cwd: string;
beforeAll(async () => {
	shop = await openTestShop({METRICS_TOKEN: TOKEN, CORS_ORIGINS: ADMIN});
	cwd = await mkdtemp(join(tmpdir(), 'sastaops-reference-'));
	await writeFile(
		join(cwd, 'sastaops.yaml'),
		`slo:\n  metricsToken: ${TOKEN}\naudit:\n  origins: [${ADMIN}]\n  paths: [/dashboard, /api/products]\n`,
	);
});
afterAll(async () => {
	await shop.close();
	await rm(cwd, {recursive: true, force: true});
});

async function auditAt(domain: string): Promise<AuditResult> {
	const host = makeTestHost({cwd, env: {}});
	const audit = await openAudit(
		{
			loaded: await loadConfig(host),
			words: ['headers', 'cors', 'health', 'slo', 'performance'],
			domain,
			api: undefined,
			httpPort: undefined,
			rules: [],
			family: undefined,
			proxy: '',
			allowPrivate: true,
			caFiles: [],
			headers: {},
			permissions: {active: false, staging: false, knowsItIsLive: false},
			budget: undefined,
			perSecond: undefined,
			failOn: undefined,
			version: '0.0.0',
		},
		host,
	);
	return audit.run();
}

type Passed = {status: number; readonly headers: Record<string, string | string[] | undefined>; body: string};

/** The shop with every answer changed on its way. */
function serveChanged(change: (answer: Passed, asked: IncomingMessage) => void): Promise<string> {
	return serve((asked, response) => {
		const passed = request(
			`${shop.shop.url}${asked.url}`,
			{method: asked.method, headers: asked.headers, agent: false},
			async (answer) => {
				let body = '';
				for await (const chunk of answer.setEncoding('utf8')) body += chunk;
				const {
					'content-length': _length,
					'transfer-encoding': _encoding,
					connection: _connection,
					...headers
				} = answer.headers;
				const changed: Passed = {status: answer.statusCode ?? 0, headers, body};
				change(changed, asked);
				const kept = Object.entries(changed.headers).filter(
					(entry): entry is [string, string | string[]] => entry[1] !== undefined,
				);
				response.writeHead(changed.status, Object.fromEntries(kept));
				response.end(changed.body);
			},
		);
		passed.once('error', () => response.destroy());
		passed.end();
	});
}

describe('the reference shop', () => {
	it('has no fault, and has hardly served anybody yet', async () => {
		const result = await auditAt(shop.shop.url);
		const told = JSON.stringify(
			result.checks.filter(({verdict}) => verdict !== 'pass'),
			null,
			1,
		);
		expect(foundIn(result), told).toEqual(['inconclusive slo.compliance']);
		expect(result.checks.filter(({verdict}) => verdict === 'skip').map(({id}) => id)).toEqual(['headers.cookies']);
		expect(JSON.stringify(result)).not.toContain(TOKEN);
	});

	const drop =
		(...names: readonly string[]) =>
		({headers}: Passed) => {
			for (const name of names) delete headers[name];
		};
	const set =
		(name: string, value: string) =>
		({headers}: Passed) => {
			headers[name] = value;
		};
	const isAt = (asked: IncomingMessage, path: string) => asked.url?.split('?')[0] === path;

	it.each<readonly [title: string, change: (answer: Passed, asked: IncomingMessage) => void, found: string]>([
		['without its policy', drop('content-security-policy'), 'fail headers.csp'],
		[
			'with inline scripts',
			set(
				'content-security-policy',
				"default-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			),
			'fail headers.csp',
		],
		['without nosniff', drop('x-content-type-options'), 'fail headers.nosniff'],
		['with a Referrer-Policy that tells all', set('referrer-policy', 'unsafe-url'), 'fail headers.referrer'],
		['without Permissions-Policy', drop('permissions-policy'), 'warn headers.permissions'],
		[
			'with an opener policy that is misspelt',
			set('cross-origin-opener-policy', 'sameorigin'),
			'fail headers.crossorigin',
		],
		['with X-Powered-By', set('x-powered-by', 'Fastify'), 'fail headers.banner'],
		['with a cookie for scripts', set('set-cookie', 'session=x; Path=/; SameSite=Lax'), 'fail headers.cookies'],
		[
			'with CORS for everybody who asks',
			({headers}, {headers: {origin}}) => {
				if (origin !== undefined)
					Object.assign(headers, {
						'access-control-allow-origin': origin,
						vary: 'origin',
						'access-control-allow-credentials': 'true',
					});
			},
			'fail cors.lock',
		],
		['with CORS for nobody', drop('access-control-allow-origin'), 'fail cors.lock'],
		['whose CORS caches may mix up', drop('vary'), 'warn cors.lock'],
		[
			'whose health is kept',
			({headers}, asked) => {
				if (isAt(asked, '/api/health')) headers['cache-control'] = 'public, max-age=60';
			},
			'fail health.live',
		],
		[
			'whose health is an error',
			(answer, asked) => {
				if (isAt(asked, '/api/health')) answer.status = 503;
			},
			'fail health.live',
		],
		[
			'whose database is down',
			(answer, asked) => {
				if (isAt(asked, '/api/health/db')) answer.status = 503;
			},
			'fail health.ready',
		],
		[
			'whose health tells the database’s address',
			(answer, asked) => {
				if (isAt(asked, '/api/health/db'))
					answer.body = JSON.stringify({...JSON.parse(answer.body), uri: 'mongodb://10.0.0.3'});
			},
			'fail health.ready',
		],
		[
			'whose metrics lack the histogram',
			(answer) => {
				answer.body = answer.body.replaceAll('http_request_duration_seconds', 'took');
			},
			'fail metrics.scrape',
		],
	])('is told of %s, by the one check that is for it', async (_title, change, found) => {
		const result = await auditAt(await serveChanged(change));
		const told = JSON.stringify(
			result.checks.filter(({verdict}) => verdict !== 'pass'),
			null,
			1,
		);
		expect(
			foundIn(result).filter((line) => line !== 'inconclusive slo.compliance'),
			told,
		).toEqual([found]);
	});
});
