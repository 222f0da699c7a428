import {describe, expect, it} from 'vitest';
import {judgeBanner} from '../../../../src/audit/checks/headers/banner.js';
import {judgeCache} from '../../../../src/audit/checks/headers/cache.js';
import {judgeCookies} from '../../../../src/audit/checks/headers/cookies.js';
import {judgeCrossorigin} from '../../../../src/audit/checks/headers/crossorigin.js';
import {judgeCsp} from '../../../../src/audit/checks/headers/csp.js';
import {judgeFrame} from '../../../../src/audit/checks/headers/frame.js';
import {judgeNosniff} from '../../../../src/audit/checks/headers/nosniff.js';
import {judgePermissions} from '../../../../src/audit/checks/headers/permissions.js';
import {judgeReferrer} from '../../../../src/audit/checks/headers/referrer.js';
import type {SamplePage} from '../../../../src/audit/facts/sample-pages.js';
import {type Finding, worstVerdict} from '../../../../src/audit/verdict.js';
import {makePage, makeSample} from '../../support/page.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');
type Headers = Readonly<Record<string, string | readonly string[]>>;
type Row = readonly [title: string, headers: Headers, verdict: string, rest?: Parameters<typeof makePage>[1]];

function table(name: string, judge: (page: SamplePage) => Finding | readonly Finding[], rows: readonly Row[]): void {
	describe(name, () => {
		for (const [title, headers, verdict, rest] of rows) {
			it(title, () => {
				const findings = [judge(makePage(headers, rest))].flat() as Finding[];
				expect(worstVerdict(findings.map((finding) => finding.verdict))).toBe(verdict);
			});
		}
	});
}

const GOOD = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'";
const API = {kind: 'api'} as const;
const csp = (value: string | readonly string[]): Headers => ({'content-security-policy': value});

table('headers.csp', judgeCsp, [
	['passes a policy that restricts', csp(GOOD), 'pass'],
	['fails a page without one', {}, 'fail'],
	['fails a policy that only reports', {'content-security-policy-report-only': GOOD}, 'fail'],
	['fails an empty header', csp(''), 'fail'],
	['fails what names no directive', csp('defa'), 'fail'],
	[
		'takes a policy of the page itself',
		{},
		'pass',
		{html: `<head><meta http-equiv="Content-Security-Policy" content="${GOOD}">`},
	],
	[
		'takes none of a comment',
		{},
		'fail',
		{html: `<head><!-- <meta http-equiv="Content-Security-Policy" content="${GOOD}"> -->`},
	],
	[
		'takes none of a script',
		{},
		'fail',
		{html: `<script>'<meta http-equiv="Content-Security-Policy" content="${GOOD}">'</script>`},
	],
	['takes none of the body', {}, 'fail', {html: `<body><meta http-equiv="Content-Security-Policy" content="${GOOD}">`}],
	[
		'adds several headers up',
		csp([
			"script-src 'unsafe-inline' 'self'; object-src 'none'; base-uri 'none'; form-action 'self'",
			"script-src 'self'",
		]),
		'pass',
	],
	['takes a good one beside one of nothing known', csp(['whimsy', GOOD]), 'pass'],
	['only warns of an API without one', {}, 'warn', API],
	['passes an API with one', csp("default-src 'none'; frame-ancestors 'none'"), 'pass', API],
]);

it('headers.csp tells of each directive by itself, so that one can be suppressed and another not', () => {
	const findings = [
		judgeCsp(makePage(csp("default-src 'self'; script-src 'unsafe-inline' data:; form-action 'self'"))),
	].flat();
	expect(findings.map(({subject, verdict}) => `${verdict} ${subject}`)).toEqual([
		'fail / script-src',
		'warn / base-uri',
	]);
});

table('headers.nosniff', judgeNosniff, [
	['passes nosniff', {'x-content-type-options': 'nosniff'}, 'pass'],
	['passes capitals and blanks', {'x-content-type-options': ' NoSniff '}, 'pass'],
	['passes it twice, by shop and proxy', {'x-content-type-options': ['nosniff', 'nosniff']}, 'pass'],
	['fails none', {}, 'fail'],
	['fails another word', {'x-content-type-options': 'sniff'}, 'fail'],
	['fails another word first', {'x-content-type-options': 'none, nosniff'}, 'fail'],
	['only warns of an API', {}, 'warn', API],
]);

table('headers.frame', judgeFrame, [
	['passes frame-ancestors none', csp("frame-ancestors 'none'"), 'pass'],
	['passes frame-ancestors without a value, which is none', csp('frame-ancestors'), 'pass'],
	['passes a list', csp("frame-ancestors 'self' https://partner.example"), 'pass'],
	['passes hosts below a star', csp('frame-ancestors https://*.partner.example'), 'pass'],
	['fails a star', csp('frame-ancestors *'), 'fail'],
	['fails a scheme', csp('frame-ancestors https:'), 'fail'],
	[
		'fails a star in spite of X-Frame-Options, which is passed over then',
		{...csp('frame-ancestors *'), 'x-frame-options': 'DENY'},
		'fail',
	],
	['passes when one of two policies restricts', csp(['frame-ancestors *', "frame-ancestors 'self'"]), 'pass'],
	['fails a policy that only reports', {'content-security-policy-report-only': "frame-ancestors 'none'"}, 'fail'],
	[
		'fails a policy of the page itself',
		{},
		'fail',
		{html: `<meta http-equiv="content-security-policy" content="frame-ancestors 'none'">`},
	],
	['warns of X-Frame-Options beside a policy that is silent', {...csp(GOOD), 'x-frame-options': 'SAMEORIGIN'}, 'warn'],
	[
		'passes X-Frame-Options where no policy is sent at all: headers.csp tells of that',
		{'x-frame-options': 'deny '},
		'pass',
	],
	['passes it twice', {'x-frame-options': ['SAMEORIGIN', 'SAMEORIGIN']}, 'pass'],
	['passes two that contradict: browsers shut everybody out', {'x-frame-options': 'SAMEORIGIN, DENY'}, 'pass'],
	['fails ALLOW-FROM', {'x-frame-options': 'ALLOW-FROM https://partner.example'}, 'fail'],
	['fails ALLOWALL', {'x-frame-options': 'ALLOWALL'}, 'fail'],
	['fails nothing', {}, 'fail'],
	['does not ask an API', {}, 'pass', API],
]);

table('headers.referrer', judgeReferrer, [
	...['no-referrer', 'same-origin', 'strict-origin', 'STRICT-ORIGIN', 'strict-origin-when-cross-origin'].map(
		(policy): Row => [`passes ${policy}`, {'referrer-policy': policy}, 'pass'],
	),
	...['unsafe-url', 'origin', 'origin-when-cross-origin', 'no-referrer-when-downgrade'].map(
		(policy): Row => [`fails ${policy}`, {'referrer-policy': policy}, 'fail'],
	),
	['takes the last word', {'referrer-policy': 'unsafe-url, no-referrer'}, 'pass'],
	['takes the last word that browsers know', {'referrer-policy': 'no-referrer, whimsy'}, 'pass'],
	['fails a last word that tells', {'referrer-policy': ['no-referrer', 'unsafe-url']}, 'fail'],
	['warns of none', {}, 'warn'],
	['warns of words nobody knows', {'referrer-policy': 'whimsy'}, 'warn'],
	['takes the page’s own', {}, 'pass', {html: '<meta name=referrer content=no-referrer>'}],
	[
		'takes the page’s own before the header',
		{'referrer-policy': 'no-referrer'},
		'fail',
		{html: '<meta name="referrer" content="unsafe-url" />'},
	],
	['does not ask an API', {}, 'pass', API],
]);

table('headers.permissions', judgePermissions, [
	['passes what gives nothing', {'permissions-policy': 'camera=(), microphone=(), geolocation=()'}, 'pass'],
	[
		'passes what gives itself, and one other',
		{'permissions-policy': 'geolocation=(self "https://maps.example"), payment=*'},
		'pass',
	],
	['warns of a star', {'permissions-policy': 'camera=*'}, 'warn'],
	['warns of a star in a list', {'permissions-policy': 'microphone=(self *)'}, 'warn'],
	['warns of the way Feature-Policy was written', {'permissions-policy': "camera 'none'; microphone 'none'"}, 'warn'],
	['warns of Feature-Policy alone', {'feature-policy': "camera 'none'"}, 'warn'],
	['warns of none', {}, 'warn'],
	['does not ask an API', {}, 'pass', API],
]);

table('headers.crossorigin', judgeCrossorigin, [
	['passes none', {}, 'pass'],
	[
		'passes same-origin',
		{'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-site'},
		'pass',
	],
	[
		'passes allow-popups with a report',
		{'cross-origin-opener-policy': 'same-origin-allow-popups; report-to="coop"'},
		'pass',
	],
	['fails a word nobody knows', {'cross-origin-opener-policy': 'whimsy'}, 'fail'],
	['fails two words', {'cross-origin-opener-policy': ['same-origin', 'unsafe-none']}, 'fail'],
	['fails a quoted word', {'cross-origin-opener-policy': '"same-origin"'}, 'fail'],
	['fails a resource policy nobody knows', {'cross-origin-resource-policy': 'same_site'}, 'fail', API],
	['passes an embedder policy', {'cross-origin-embedder-policy': 'require-corp'}, 'pass'],
]);

table('headers.banner', (page) => judgeBanner(makeSample(page)), [
	['passes a name without a version', {server: 'nginx'}, 'pass'],
	['passes names that hold digits', {server: 'AmazonS3'}, 'pass'],
	['passes the name of a machine of Edgecast', {server: 'ECS (nyb/1D2E)'}, 'pass'],
	['warns of nginx/1.22.1', {server: 'nginx/1.22.1'}, 'warn'],
	['warns of Apache/2.4.57 (Debian)', {server: 'Apache/2.4.57 (Debian)'}, 'warn'],
	['warns of a whole number', {server: 'Jetty/12'}, 'warn'],
	['fails X-Powered-By', {'x-powered-by': 'Express'}, 'fail'],
	['fails X-AspNet-Version', {'x-aspnet-version': '4.0.30319'}, 'fail'],
	['fails X-Generator', {'x-generator': 'Drupal 10'}, 'fail'],
	['passes an empty header', {'x-powered-by': ''}, 'pass'],
]);

it('headers.banner tells of a header once, with the pages that have it', () => {
	const header = {'x-powered-by': 'Express'};
	expect(judgeBanner(makeSample(makePage(header), makePage(header, {path: '/checkout'})))).toMatchObject([
		{subject: 'header x-powered-by', evidence: ['on /, /checkout']},
	]);
});

const cookie = (...lines: string[]): Headers => ({'set-cookie': lines});

table('headers.cookies', (page) => judgeCookies(makeSample(page), NOW), [
	['skips where there is none', {}, 'skip'],
	['passes __Host-', cookie('__Host-session=x; Path=/; Secure; HttpOnly; SameSite=Lax'), 'pass'],
	['passes a session without the prefix', cookie('sid=x; Path=/; Secure; HttpOnly; SameSite=Strict'), 'pass'],
	[
		'passes a token against forged requests that scripts must read',
		cookie('XSRF-TOKEN=x; Path=/; Secure; SameSite=Strict'),
		'pass',
	],
	['passes a cookie that is being deleted', cookie('session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'), 'skip'],
	['passes one deleted by its age', cookie('session=; Path=/; Max-Age=0'), 'skip'],
	['passes a cookie of affinity without HttpOnly', cookie('heroku-session-affinity=x; Secure; SameSite=Lax'), 'pass'],
	[
		'passes names that only look like sessions',
		cookie('residence=IN; Secure; SameSite=Lax', 'author=x; Secure; SameSite=Lax'),
		'pass',
	],
	['fails a session without HttpOnly', cookie('PHPSESSID=x; Path=/; Secure; SameSite=Lax'), 'fail'],
	['fails a session without Secure', cookie('connect.sid=x; Path=/; HttpOnly; SameSite=Lax'), 'fail'],
	[
		'does not ask for Secure over plain http',
		cookie('connect.sid=x; Path=/; HttpOnly; SameSite=Lax'),
		'pass',
		{isHttps: false},
	],
	['fails SameSite=None without Secure', cookie('theme=x; Path=/; SameSite=None'), 'fail'],
	['fails an empty SameSite', cookie('theme=x; Path=/; Secure; SameSite='), 'fail'],
	['fails SameSite=True', cookie('theme=x; Path=/; Secure; SameSite=True'), 'fail'],
	['fails __Host- with a Domain', cookie('__Host-a=x; Path=/; Secure; SameSite=Lax; Domain=shop.example'), 'fail'],
	['fails __Host- below a path', cookie('__Host-a=x; Path=/shop; Secure; SameSite=Lax'), 'fail'],
	['fails __Secure- without Secure', cookie('__Secure-a=x; Path=/; SameSite=Lax'), 'fail'],
	['fails a csrf token without SameSite', cookie('csrftoken=x; Path=/; Secure'), 'fail'],
	['warns of a cookie without Secure', cookie('theme=dark; Path=/; SameSite=Lax'), 'warn'],
	['warns of a cookie without SameSite', cookie('theme=dark; Path=/; Secure'), 'warn'],
	[
		'warns of a Domain wider than the host',
		cookie('theme=x; Secure; SameSite=Lax; Domain=.shop.example'),
		'warn',
		{host: 'www.shop.example'},
	],
	['passes a Domain that is the host', cookie('theme=x; Secure; SameSite=Lax; Domain=shop.example'), 'pass'],
	['warns of one that is too long', cookie(`theme=${'x'.repeat(4100)}; Secure; SameSite=Lax`), 'warn'],
]);

it('headers.cookies tells of each cookie once, never of its value', () => {
	const findings = judgeCookies(
		{
			pages: [makePage(cookie('sid=SECRETVALUE; Path=/; Secure', 'theme=x; Secure; SameSite=Lax'))],
			hops: [makePage(cookie('sid=SECRETVALUE; Path=/; Secure; HttpOnly; SameSite=Lax'))],
			unjudged: [],
		},
		NOW,
	);
	expect(findings.map(({subject, verdict}) => `${verdict} ${subject}`)).toEqual([
		'fail cookie sid',
		'pass cookie theme',
	]);
	expect(JSON.stringify(findings)).not.toContain('SECRETVALUE');
});

const SET = 'sid=x; Path=/; Secure; HttpOnly; SameSite=Lax';

table('headers.cache', (page) => judgeCache(page, NOW), [
	['passes a page that anybody may keep', {'cache-control': 'public, max-age=600'}, 'pass'],
	['passes a cookie with no-store', {'set-cookie': SET, 'cache-control': 'no-store'}, 'pass'],
	['passes a cookie with private', {'set-cookie': SET, 'cache-control': 'private, no-cache'}, 'pass'],
	[
		'passes a cookie with public that is asked for each time',
		{'set-cookie': SET, 'cache-control': 'public, max-age=0, must-revalidate'},
		'pass',
	],
	['passes a cookie without a word of caching', {'set-cookie': SET}, 'pass'],
	['fails a cookie with public', {'set-cookie': SET, 'cache-control': 'public, max-age=600'}, 'fail'],
	['fails a cookie with max-age', {'set-cookie': SET, 'cache-control': 'max-age=600'}, 'fail'],
	['fails a cookie with s-maxage', {'set-cookie': SET, 'cache-control': 'max-age=0, s-maxage=60'}, 'fail'],
	['fails a cookie that came out of a cache', {'set-cookie': SET, age: '12'}, 'fail'],
	[
		'fails a cookie out of Cloudflare’s',
		{'set-cookie': SET, 'cf-cache-status': 'HIT', 'cache-control': 'private'},
		'fail',
	],
	['passes a cookie that Cloudflare let through', {'set-cookie': SET, 'cf-cache-status': 'DYNAMIC'}, 'pass'],
	[
		'warns of a cookie whose page has a date of change',
		{'set-cookie': SET, 'last-modified': 'Tue, 24 Nov 2026 10:00:00 GMT'},
		'warn',
	],
	[
		'passes a cookie that is being deleted on a public page',
		{'set-cookie': 'sid=; Max-Age=0', 'cache-control': 'public, max-age=600'},
		'pass',
	],
	['warns of an API that says nothing', {}, 'warn', API],
	['leaves the health to its own check', {}, 'pass', {kind: 'api', isHealth: true}],
]);
