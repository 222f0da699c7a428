import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {judgeCors} from '../../../../src/audit/checks/cors/lock.js';
import {judgeBanner} from '../../../../src/audit/checks/headers/banner.js';
import {judgeCache} from '../../../../src/audit/checks/headers/cache.js';
import {judgeCookies} from '../../../../src/audit/checks/headers/cookies.js';
import {judgeCrossorigin} from '../../../../src/audit/checks/headers/crossorigin.js';
import {judgeCsp} from '../../../../src/audit/checks/headers/csp.js';
import {judgeFrame} from '../../../../src/audit/checks/headers/frame.js';
import {judgeNosniff} from '../../../../src/audit/checks/headers/nosniff.js';
import {judgePermissions} from '../../../../src/audit/checks/headers/permissions.js';
import {judgeReferrer} from '../../../../src/audit/checks/headers/referrer.js';
import {lookOf} from '../../../../src/audit/facts/cors-matrix.js';
import {leaksOf} from '../../../../src/audit/facts/health.js';
import {metaTags} from '../../../../src/audit/facts/meta-tags.js';
import type {SamplePage} from '../../../../src/audit/facts/sample-pages.js';
import type {Finding} from '../../../../src/audit/verdict.js';
import {makePage, makeSample} from '../../support/page.js';

const HEADERS = [
	'access-control-allow-credentials',
	'access-control-allow-origin',
	'age',
	'cache-control',
	'cf-cache-status',
	'content-security-policy',
	'cross-origin-embedder-policy',
	'cross-origin-opener-policy',
	'cross-origin-resource-policy',
	'date',
	'expires',
	'last-modified',
	'permissions-policy',
	'referrer-policy',
	'server',
	'set-cookie',
	'vary',
	'x-content-type-options',
	'x-frame-options',
	'x-powered-by',
];

/** Everything that reads a header, over one page. */
function judgeAll(page: SamplePage): readonly Finding[] {
	const origin = {kind: 'evil', origin: 'https://evil.example', isPreflight: false} as const;
	const looks = [lookOf(origin, {status: 200, headers: page.headers})];
	return [
		judgeCsp(page),
		judgeNosniff(page),
		judgeFrame(page),
		judgeReferrer(page),
		judgePermissions(page),
		judgeCrossorigin(page),
		judgeBanner(makeSample(page)),
		judgeCookies(makeSample(page), 0),
		judgeCache(page, 0),
		judgeCors({addresses: [{path: '/', kind: 'private', looks}], unjudged: []}),
	].flat();
}

const PIECES = [
	"'nonce-",
	"'sha256-",
	"'",
	'"',
	';',
	',',
	' ',
	'=',
	'(',
	')',
	'*',
	'\t',
	'__Host-',
	'script-src',
	'default-src',
	'camera',
	'SameSite',
	'Max-Age',
	'https://',
	'data:',
	'\u00ff',
	'-',
	':1',
	'/1.1',
];
const value = fc.oneof(
	fc.string({unit: 'binary', maxLength: 200}),
	fc
		.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({maxLength: 4})), {maxLength: 60})
		.map((parts) => parts.join('')),
);

describe('whatever a server sends', () => {
	it('gets a judgement with a reason of some length, and no judge throws', () => {
		fc.assert(
			fc.property(
				fc.dictionary(fc.constantFrom(...HEADERS), fc.oneof(value, fc.array(value, {maxLength: 4}))),
				fc.boolean(),
				(headers, isHttps) => {
					for (const kind of ['html', 'api'] as const) {
						for (const {reason, subject = ''} of judgeAll(makePage(headers, {kind, isHttps}))) {
							expect(reason.length).toBeGreaterThan(0);
							expect(reason.length + subject.length).toBeLessThan(1000);
						}
					}
				},
			),
			{numRuns: 400},
		);
	});

	it('may be any text in the place of a page or of a health', () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.oneof(
						fc.constantFrom(
							'<meta',
							'<!--',
							'-->',
							'<script',
							'</script',
							'>',
							'"',
							"'",
							'=',
							' content',
							'<body',
							'&#39;',
						),
						fc.string({maxLength: 5}),
					),
					{maxLength: 80},
				),
				fc.object(),
				(parts, body) => {
					metaTags(parts.join(''));
					leaksOf(body as Record<string, unknown>, 'shop.example');
				},
			),
			{numRuns: 400},
		);
	});
});

/** As long as the headers of an answer may be (src/ports/web/exchange.ts). */
const LONG = 65_536;

describe.each([
	',',
	';',
	' ',
	'=',
	"'",
	'"',
	'(',
	'-',
	'.',
	'1',
	'a',
	'/',
	'*',
	'a=',
	'a;',
	"' ",
	'((',
	'1.',
	'-1',
	'/1',
	'%2',
	'data: ',
	"'nonce-a' ",
	'a b;',
	'a=b;',
	'a=(*),',
	', ,',
	'<',
	'<meta ',
	'<!--',
	'<a ="',
])('64 KiB of %j', (piece) => {
	const text = piece.repeat(Math.floor(LONG / piece.length));

	it('takes no longer than its length', () => {
		const startedMs = performance.now();
		for (const header of HEADERS)
			judgeAll(makePage({[header]: [text, `default-src ${text}`, `sid=${text}`, `a; ${text}`]}));
		metaTags(text.repeat(16));
		leaksOf({a: text, b: `at ${text}`}, 'shop.example');
		// Some two seconds of a slow machine for eighty texts and a page; what is quadratic takes minutes.
		expect(performance.now() - startedMs).toBeLessThan(20_000);
	});
});
