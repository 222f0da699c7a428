import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {sampledIt} from '../../support/sampled-it.js';
import {auditSite, foundIn, makeCertificate, removeCertificate, type SiteCertificate} from '../support/https-site.js';
import {API, change, corsOf, HEALTH, type Headers, makeShop, PAGE, type Shop} from './site.js';

let certificate: SiteCertificate;
beforeAll(async () => {
	certificate = await makeCertificate();
});
afterAll(() => removeCertificate(certificate));

/** Performance apart: it asks five times, and has tests of its own. */
const GROUPS = ['headers', 'cors', 'health', 'slo'];
type Site = readonly [
	title: string,
	shop: Shop,
	found: readonly string[],
	more?: {readonly config?: string; readonly path?: string},
];

const page = (changes: Readonly<Record<string, string | readonly string[] | undefined>>): Shop => ({
	page: change(PAGE, changes),
});
const api = (changes: Readonly<Record<string, string | readonly string[] | undefined>>): Shop => ({
	api: change(API, changes),
});
const csp = (policy: string | readonly string[]): Shop => page({'content-security-policy': policy});
const cookie = (...lines: string[]): Shop => page({'set-cookie': lines, 'cache-control': 'no-store'});
const said = (health: object, headers: Headers = {}): Shop => ({health: {body: JSON.stringify(health), headers}});
const own = (host: string) => /^shop\.example(?::\d+)?$/.test(host);
const CONFIG = 'shop:\n  name: test\n';
const GOOD = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

function sites(name: string, list: readonly Site[]): void {
	describe(name, () => {
		// Each makes some forty handshakes; npm run test:full audits them all.
		const some = sampledIt(name, {take: 12, of: list.length});
		for (const [title, shop, found, more = {}] of list) {
			some(title, async () => {
				const result = await auditSite({certificate, site: makeShop(shop), words: GROUPS, ...more});
				expect(
					foundIn(result),
					JSON.stringify(
						result.checks.filter(({verdict}) => verdict !== 'pass' && verdict !== 'skip'),
						null,
						1,
					),
				).toEqual(found);
			});
		}
	});
}

sites('a site with one defect', [
	['has no policy', page({'content-security-policy': undefined}), ['fail headers.csp']],
	[
		'has a policy that only reports',
		page({'content-security-policy': undefined, 'content-security-policy-report-only': GOOD}),
		['fail headers.csp'],
	],
	['allows inline scripts', csp(`${GOOD}; script-src 'self' 'unsafe-inline'`), ['fail headers.csp']],
	['allows scripts of any host', csp(`${GOOD}; script-src https:`), ['fail headers.csp']],
	['allows scripts as data', csp(`${GOOD}; script-src 'self' data:`), ['fail headers.csp']],
	['has strict-dynamic and no nonce', csp(`${GOOD}; script-src 'strict-dynamic'`), ['fail headers.csp']],
	['allows eval', csp(`${GOOD}; script-src 'self' 'unsafe-eval'`), ['warn headers.csp']],
	['forgets base-uri', csp("default-src 'self'; form-action 'self'; frame-ancestors 'none'"), ['warn headers.csp']],
	['has no nosniff', page({'x-content-type-options': undefined}), ['fail headers.nosniff']],
	['has no nosniff on its API', api({'x-content-type-options': undefined}), ['warn headers.nosniff']],
	[
		'may be framed by anybody',
		page({'content-security-policy': GOOD.replace("ancestors 'none'", 'ancestors *')}),
		['fail headers.frame'],
	],
	[
		'says nothing of frames',
		{
			page: change(PAGE, {
				'content-security-policy': GOOD.replace("; frame-ancestors 'none'", ''),
				'x-frame-options': undefined,
			}),
		},
		['fail headers.frame'],
	],
	['tells its addresses to everybody', page({'referrer-policy': 'unsafe-url'}), ['fail headers.referrer']],
	['has no Referrer-Policy', page({'referrer-policy': undefined}), ['warn headers.referrer']],
	['has no Permissions-Policy', page({'permissions-policy': undefined}), ['warn headers.permissions']],
	['gives the camera to everybody', page({'permissions-policy': 'camera=*'}), ['warn headers.permissions']],
	[
		'has an opener policy nobody knows',
		page({'cross-origin-opener-policy': 'same_origin'}),
		['fail headers.crossorigin'],
	],
	['tells that it is made with Express', page({'x-powered-by': 'Express'}), ['fail headers.banner']],
	['tells the version of nginx', page({server: 'nginx/1.22.1'}), ['warn headers.banner']],
	['has a session that scripts can read', cookie('session=x; Path=/; Secure; SameSite=Lax'), ['fail headers.cookies']],
	[
		'has a session that goes in the clear',
		cookie('session=x; Path=/; HttpOnly; SameSite=Lax'),
		['fail headers.cookies'],
	],
	['has a cookie with SameSite=Maybe', cookie('theme=x; Path=/; Secure; SameSite=Maybe'), ['fail headers.cookies']],
	[
		'has a __Host- cookie with a Domain',
		cookie('__Host-sid=x; Path=/; Secure; HttpOnly; SameSite=Lax; Domain=shop.example'),
		['fail headers.cookies'],
	],
	['has a csrf token without SameSite', cookie('csrf=x; Path=/; Secure'), ['fail headers.cookies']],
	['has a cookie without SameSite', cookie('theme=x; Path=/; Secure'), ['warn headers.cookies']],
	[
		'sets a session on a page that caches keep',
		page({
			'set-cookie': '__Host-sid=x; Path=/; Secure; HttpOnly; SameSite=Lax',
			'cache-control': 'public, max-age=600',
		}),
		['fail headers.cache'],
	],
	['has a policy on its API no more', api({'content-security-policy': undefined}), ['warn headers.csp']],
	[
		'lets every site in with cookies',
		{cors: corsOf(() => true, {vary: 'Origin', 'access-control-allow-credentials': 'true'})},
		['fail cors.lock'],
	],
	['lets every site in', {cors: corsOf(() => true)}, ['fail cors.lock']],
	['lets a sandbox in', {cors: corsOf((origin) => origin === 'null')}, ['fail cors.lock']],
	[
		'lets hosts in that begin like it',
		{cors: corsOf((origin) => origin.startsWith('https://shop.example'))},
		['fail cors.lock'],
	],
	[
		'lets hosts in that end like it',
		{cors: corsOf((origin) => /shop\.example(?::\d+)?$/.test(origin))},
		['fail cors.lock'],
	],
	[
		'takes any letter for a dot',
		{cors: corsOf((origin) => /^https:\/\/shop.example(?::\d+)?$/.test(origin))},
		['fail cors.lock'],
	],
	[
		'lets plain http in',
		{cors: corsOf((origin) => /^https?:\/\//.test(origin) && own(new URL(origin).host))},
		['fail cors.lock'],
	],
	['lets development in', {cors: corsOf((origin) => origin === 'http://localhost:3000')}, ['fail cors.lock']],
	['lets every site in to what is private', {cors: () => ({'access-control-allow-origin': '*'})}, ['fail cors.lock']],
	[
		'lets a list in and does not say so to caches',
		{cors: corsOf((origin) => origin === 'https://admin.example', {})},
		['warn cors.lock'],
		{config: `${CONFIG}audit:\n  origins: [https://admin.example]\n`},
	],
	[
		'refuses an origin that is listed',
		{},
		['fail cors.lock'],
		{config: `${CONFIG}audit:\n  origins: [https://admin.example]\n`},
	],
	['cannot work', {health: {status: 503, body: JSON.stringify({...HEALTH, status: 'down'})}}, ['fail health.live']],
	[
		'has no API behind its proxy',
		{health: {status: 502, headers: {'content-type': 'text/html'}, body: '<html>502 Bad Gateway</html>'}},
		['fail health.live'],
	],
	['has no health, although it is a shop', {health: undefined}, ['fail health.live'], {config: CONFIG}],
	['keeps its health in caches', said(HEALTH, {'cache-control': 'public, max-age=60'}), ['fail health.live']],
	[
		'does not forbid it',
		{health: {body: JSON.stringify(HEALTH)}, api: change(API, {'cache-control': undefined})},
		['warn health.live'],
	],
	[
		'tells where its database is',
		said({...HEALTH, database: 'mongodb://db-1.internal:27017/shop'}),
		['fail health.live'],
	],
	['tells the version of Node', said({...HEALTH, node: 'v20.20.2'}), ['fail health.live']],
	[
		'says 200 while its database is down',
		said({...HEALTH, checks: {database: {status: 'down'}}}),
		['fail health.ready'],
	],
	[
		'has a database that is down',
		{first: ({url}) => (url === '/api/health/db' ? {status: 503, headers: API, body: '{"status":"down"}'} : undefined)},
		['fail health.ready'],
	],
]);

const NONCE =
	"script-src 'nonce-cjRuZDBtcjRuZDBt' 'strict-dynamic' 'unsafe-inline' https: http:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

sites('a site without a fault', [
	['is left alone', {}, []],
	['is left alone as a declared shop', {}, [], {config: CONFIG}],
	['has a nonce, strict-dynamic and what older browsers need', csp(NONCE), []],
	[
		'has two policies, each good for something',
		csp([
			"script-src * 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'",
			"default-src 'self'; frame-ancestors 'none'",
		]),
		[],
	],
	['has two policies in one line', csp(`upgrade-insecure-requests, ${GOOD}`), []],
	[
		'has its policy beside one that is tried out',
		page({'content-security-policy-report-only': "default-src 'none'"}),
		[],
	],
	[
		'has its policy in the page',
		{
			page: change(PAGE, {'content-security-policy': undefined}),
			first: ({url}) =>
				url === '/'
					? {
							headers: change(PAGE, {'content-security-policy': undefined}),
							body: `<head><meta http-equiv="Content-Security-Policy" content="default-src 'self'; base-uri 'none'; form-action 'self'">`,
						}
					: undefined,
		},
		[],
	],
	[
		'sets good cookies',
		cookie(
			'__Host-sid=x; Path=/; Secure; HttpOnly; SameSite=Lax',
			'XSRF-TOKEN=x; Path=/; Secure; SameSite=Strict',
			'theme=dark; Secure; SameSite=Lax',
		),
		[],
	],
	[
		'takes a cookie away on a public page',
		page({'set-cookie': 'sid=; Max-Age=0; Path=/', 'cache-control': 'public, max-age=600'}),
		[],
	],
	[
		'sets a cookie on a page that caches ask for each time',
		page({'set-cookie': 'theme=dark; Secure; SameSite=Lax', 'cache-control': 'public, max-age=0, must-revalidate'}),
		[],
	],
	['keeps a page in caches that sets nothing', page({'cache-control': 'public, max-age=86400', age: '12'}), []],
	[
		'sends headers twice, by shop and proxy',
		page({'x-content-type-options': ['nosniff', 'nosniff'], 'referrer-policy': ['no-referrer', 'no-referrer']}),
		[],
	],
	['writes headers in capitals', page({'X-Content-Type-Options': 'NOSNIFF', 'Referrer-Policy': 'No-Referrer'}), []],
	['names its server without a version', page({server: 'nginx', via: '1.1 varnish'}), []],
	['is an API alone', {first: ({url}) => (url === '/' ? {headers: API, body: '{"shop":"up"}'} : undefined)}, []],
	[
		'is an API whose root is nothing',
		{first: ({url}) => (url === '/' ? {status: 404, headers: API, body: '{}'} : undefined)},
		[],
	],
	[
		'lives behind a redirect',
		{
			first: ({url}) =>
				url === '/'
					? {status: 302, headers: {location: '/shop'}}
					: url === '/shop'
						? {headers: PAGE, body: '<!doctype html>'}
						: undefined,
		},
		[],
	],
	[
		'lives below a path',
		{
			first: ({url}) =>
				url === '/'
					? {status: 302, headers: {location: 'https://marketing.example/'}}
					: url === '/shop'
						? {headers: PAGE, body: '<!doctype html>'}
						: undefined,
		},
		[],
		{path: '/shop'},
	],
	[
		'has pages without any API',
		{
			health: undefined,
			first: ({url}) =>
				url?.startsWith('/api')
					? {status: 404, headers: {'content-type': 'text/html'}, body: '<h1>404</h1>'}
					: undefined,
		},
		[],
	],
	[
		'answers every address with its page',
		{first: ({method}) => (method === 'GET' ? {headers: PAGE, body: '<!doctype html>'} : undefined)},
		[],
	],
	[
		'lets in itself, and says so',
		{
			cors: corsOf(
				(origin) =>
					/^https:\/\/shop\.example:PORT$/.test(origin) ||
					(/^https:\/\/shop\.example:\d+$/.test(origin) && !/:(?:8443|9443)$/.test(origin)),
			),
		},
		[],
	],
	[
		'lets in the one origin that is listed',
		{
			cors: corsOf((origin) => origin === 'https://admin.example', {
				vary: 'Accept-Encoding, Origin',
				'access-control-allow-credentials': 'true',
			}),
		},
		[],
		{config: `${CONFIG}audit:\n  origins: [https://admin.example]\n`},
	],
	['names one origin to everybody', {cors: () => ({'access-control-allow-origin': 'https://www.shop.example'})}, []],
	[
		'lets everybody read what is public',
		{cors: ({url}) => (url === '/api/health' ? {'access-control-allow-origin': '*'} : ({} as Headers))},
		[],
	],
	[
		'sends what OWASP Secure Headers recommends',
		page({
			'cache-control': 'no-store, max-age=0',
			'clear-site-data': '"cache","cookies","storage"',
			'content-security-policy':
				"default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'; upgrade-insecure-requests",
			'cross-origin-embedder-policy': 'require-corp',
			'cross-origin-opener-policy': 'same-origin',
			'cross-origin-resource-policy': 'same-origin',
			'permissions-policy':
				'accelerometer=(), autoplay=(), camera=(), geolocation=(), microphone=(), payment=(), sync-xhr=(self), usb=()',
			'referrer-policy': 'no-referrer',
			'x-permitted-cross-domain-policies': 'none',
		}),
		[],
	],
	['tells of its database not at all', said({status: 'ok'}), []],
	['tells of its database by a word', said({status: 'ok', checks: {database: 'up', cache: true}}), []],
	['has a second page that is not there', {}, [], {config: `${CONFIG}audit:\n  paths: [/checkout, /gone]\n`}],
]);

describe('what cannot be judged', () => {
	it('is inconclusive when there is nothing but errors', async () => {
		const result = await auditSite({certificate, site: () => ({status: 500}), words: ['headers']});
		expect(new Set(result.checks.map(({verdict}) => verdict))).toEqual(new Set(['inconclusive']));
	});

	it('is inconclusive when the start page leads to another host, which is never asked', async () => {
		const site = makeShop({
			health: undefined,
			first: ({url}) => (url === '/' ? {status: 301, headers: {location: 'https://www.shop.example/'}} : undefined),
		});
		const result = await auditSite({certificate, site, words: ['headers.csp']});
		expect(result.checks.map(({verdict, reason}) => [verdict, reason])).toEqual([
			['inconclusive', expect.stringContaining('--domain www.shop.example')],
		]);
	});

	it('is inconclusive behind a firewall, and is no fault of the shop', async () => {
		const site = makeShop({first: () => ({status: 403, headers: {'cf-mitigated': 'challenge'}})});
		const result = await auditSite({certificate, site, words: GROUPS});
		expect(result.checks.filter(({verdict}) => verdict === 'fail' || verdict === 'warn' || verdict === 'pass')).toEqual(
			[],
		);
	});

	it.each([401, 403, 500, 503])(
		'is inconclusive behind a start page that answers %i, although the API is judged',
		async (status) => {
			const site = makeShop({first: ({url}) => (url === '/' ? {status} : undefined)});
			const result = await auditSite({certificate, site, words: ['headers.csp', 'perf.ttfb']});
			expect(result.checks.map(({verdict}) => verdict)).toEqual(['inconclusive', 'inconclusive']);
		},
	);

	it('ends in a loop of redirects', async () => {
		const site = makeShop({
			health: undefined,
			first: ({url}) => (url === '/' ? {status: 302, headers: {location: '/'}} : undefined),
		});
		const {checks, asked} = await auditSite({certificate, site, words: ['headers.csp']});
		expect(checks[0]?.verdict).toBe('inconclusive');
		expect(asked.length).toBeLessThan(10);
	});
});

it('reads the goods where there is neither health nor private route, and finds them open to all', async () => {
	const cors = corsOf(() => true);
	const site = makeShop({
		first: (request) => {
			if (request.url === '/api/products' && request.method === 'GET')
				return {headers: {...API, ...cors(request)}, body: '[]'};
			return request.url?.startsWith('/api') === true ? {status: 404} : undefined;
		},
	});
	expect(foundIn(await auditSite({certificate, site, words: GROUPS}))).toEqual(['fail cors.lock']);
});

describe('slo.compliance', () => {
	const report = (good: number, total: number) => {
		const objective = {
			name: 'api_availability',
			title: 'Answers',
			kind: 'ratio',
			target: 0.999,
			thresholdMs: null,
			good,
			total,
		};
		const windows = Object.fromEntries(
			['5m', '30m', '1h', '6h', '1d', '3d', '30d'].map((name) => [name, {objectives: [objective]}]),
		);
		return JSON.stringify({generatedAt: new Date().toISOString(), since: '2026-01-01T00:00:00.000Z', windows});
	};
	it.each([
		['fails a promise that is broken', 200, report(900_000, 1_000_000), 'fail'],
		['passes one that holds', 200, report(1_000_000, 1_000_000), 'pass'],
		['cannot tell of three requests', 200, report(3, 3), 'inconclusive'],
		['cannot tell while the numbers are an error', 500, '', 'inconclusive'],
		['is skipped without leave to read', 401, '', 'skip'],
		['is skipped where there are no numbers', 404, '', 'skip'],
	])('%s', async (_title, status, body, expected) => {
		const site = makeShop({first: ({url}) => (url === '/api/metrics' ? {status, headers: API, body} : undefined)});
		const {checks} = await auditSite({certificate, site, words: ['slo']});
		expect(checks.map(({verdict}) => verdict)).toEqual([expected]);
	});

	it('sends the token to nobody over a certificate that does not hold', async () => {
		const tokens: unknown[] = [];
		const site = makeShop({
			first: ({headers: {authorization}}) => {
				if (authorization !== undefined) tokens.push(authorization);
				return undefined;
			},
		});
		const config = `${CONFIG}slo:\n  metricsToken: a-token-that-is-long-enough\n`;
		const {checks} = await auditSite({certificate, site, words: ['slo', 'metrics.scrape'], config, isTrusted: false});
		expect(checks.map(({verdict}) => verdict)).toEqual(['inconclusive', 'inconclusive']);
		expect(tokens).toEqual([]);
	});
});

describe('requests', () => {
	it('are shared: all headers of three pages cost three', async () => {
		const {asked} = await auditSite({
			certificate,
			site: makeShop({}),
			words: ['headers'],
			config: `${CONFIG}audit:\n  paths: [/checkout]\n`,
		});
		expect([...asked].sort()).toEqual(['GET /', 'GET /api/health', 'GET /checkout']);
	});

	it('of CORS stop early where nobody is let in, and are the whole matrix where somebody is', async () => {
		const quiet = await auditSite({certificate, site: makeShop({}), words: ['cors']});
		const listed = await auditSite({
			certificate,
			site: makeShop({cors: corsOf((origin) => origin !== 'null' && own(new URL(origin).host))}),
			words: ['cors'],
		});
		expect(quiet.asked.length).toBeLessThanOrEqual(20);
		expect(listed.asked.length).toBeLessThanOrEqual(60);
		expect(listed.asked.filter((line) => line === 'OPTIONS /api/health').length).toBeGreaterThanOrEqual(10);
	});
});
