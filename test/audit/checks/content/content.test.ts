import {describe, expect, it} from 'vitest';
import {whatIsOpen} from '../../../../src/audit/checks/content/docs.js';
import {judgeMethods} from '../../../../src/audit/checks/content/http-methods.js';
import {isListing} from '../../../../src/audit/checks/content/listing.js';
import {isPrometheusText} from '../../../../src/audit/checks/content/metrics.js';
import {judgeRobots} from '../../../../src/audit/checks/content/robots.js';
import {judgeSecurityTxt} from '../../../../src/audit/checks/content/securitytxt.js';
import {leaksIn} from '../../../../src/audit/facts/leaks-in.js';
import {readPage} from '../../../../src/audit/facts/read-page.js';
import {secretsIn} from '../../../../src/audit/facts/secrets-in.js';

const answer = (text: string, status = 200, type = 'text/plain') => ({
	status,
	headers: [['content-type', type]] as const,
	body: Buffer.from(text),
});

describe('secrets in a text for browsers', () => {
	const KEY_ID = 'rzp_live_Ab3dEf6hIj9kLm';
	const SECRET = 'Qw3rTy7uIoP1aSd5fGh9jKl2';
	it.each<[text: string, count: number]>([
		[`{key:"${KEY_ID}"}`, 0],
		[`{key:"${KEY_ID}",order:"507f1f77bcf86cd799439011"}`, 0],
		[`{key:"${KEY_ID}"}${' '.repeat(500)}"${SECRET}"`, 0],
		[`{key:"${KEY_ID}",a:"${SECRET}"}`, 1],
		[`const RAZORPAY_KEY_SECRET = '${SECRET}'`, 1],
		['const RAZORPAY_KEY_SECRET = process.env.RAZORPAY_KEY_SECRET', 0],
		['key_secret: "YOUR_KEY_SECRET"', 0],
		['RAZORPAY_WEBHOOK_SECRET="whsec-8f7a6b5c"', 1],
		['throw new Error("key_secret is missing")', 0],
		['mongodb+srv://shop:hunter22@cluster0.abcde.mongodb.net/shop', 1],
		['mongodb://user:password@localhost/shop', 0],
		['mongodb+srv://<user>:<password>@cluster', 0],
		[`sk_${'live'}_${'a1'.repeat(12)}`, 1],
		[`AKIA${'ABCD1234'.repeat(2)}`, 1],
		['-----BEGIN RSA PRIVATE KEY-----', 0],
		[`-----BEGIN PRIVATE KEY-----\\n${'MIIEvQIBADANBgkq'.repeat(4)}`, 1],
	])('%j: %i', (text, count) => {
		expect(secretsIn(text)).toHaveLength(count);
	});

	it('are looked for in a text of a megabyte without delay', () => {
		const startedMs = performance.now();
		for (const unit of ['key_secret:"', 'mongodb://a:', `${KEY_ID}"`, '-----BEGIN PRIVATE KEY-----\n', 'a_'])
			secretsIn(unit.repeat(1_000_000 / unit.length));
		expect(performance.now() - startedMs).toBeLessThan(5000);
	});
});

describe('what an error shows', () => {
	it.each<[text: string, status: number, leaks: string[]]>([
		['{"error":"NOT_FOUND"}', 404, []],
		['Error: x\n    at f (/srv/shop/a.js:1:2)', 500, ['a stack trace', 'a path of the server']],
		['{"stack":"Error\\n    at f (a.js:1:2)"}', 404, ['a stack trace']],
		[
			'<pre>Error: x<br> &nbsp; &nbsp;at f (node_modules/express/lib/router.js:1:2)</pre>',
			404,
			['a stack trace', 'paths of packages'],
		],
		['E11000 duplicate key error collection', 409, ['a database error']],
		['cannot connect to mongodb://db:27017', 500, ['a database address']],
		['See our node_modules/ guide', 200, []],
		['Meet us at home (12:30:15)', 404, []],
		['Cannot GET /app/shop.js', 404, []],
		['<script src="/app/shop.js"></script>', 404, []],
		['{"file":"/srv/shop/a.js"}', 500, ['a path of the server']],
	])('%j (%i): %j', (text, status, leaks) => {
		expect(leaksIn(answer(text, status))).toEqual(leaks);
	});
});

describe('what proves a page to be something', () => {
	it('is a listing only with its title and links', () => {
		expect(isListing(answer('<html><title>Index of /a/</title><h1>Index of /a/</h1><a href="../">../</a>'))).toBe(true);
		expect(isListing(answer('<title>Directory listing for /a/</title><a href="b">b</a>'))).toBe(true);
		expect(isListing(answer('<title>Index of our products</title><a href="b">b</a>'))).toBe(false);
		expect(isListing(answer('<title>Index of /a/</title><a href="../">', 403))).toBe(false);
	});

	it('is metrics only with a type and a sample', () => {
		expect(isPrometheusText(answer('# TYPE up gauge\nup 1\n'))).toBe(true);
		expect(isPrometheusText(answer('# TYPE up gauge\nup 1\n', 401))).toBe(false);
		expect(isPrometheusText(answer('# Metrics\n\nThis page tells of metrics\n'))).toBe(false);
	});

	it('is a description of an API by its own keys', () => {
		expect(whatIsOpen(answer('{"openapi":"3.0.3","paths":{}}'))).toBe('the OpenAPI description');
		expect(whatIsOpen(answer('{"data":{"__schema":{"queryType":{}}}}'))).toBe('GraphQL introspection');
		expect(whatIsOpen(answer('<p>How to use Swagger</p>', 200, 'text/html'))).toBe(undefined);
		expect(whatIsOpen(answer('{"openapi":"3.0.3","paths":{}}', 401))).toBe(undefined);
	});

	it('is TRACE only with what was sent', () => {
		expect(judgeMethods({status: 200, isEchoed: true}).verdict).toBe('fail');
		expect(judgeMethods({status: 200, isEchoed: false}).verdict).toBe('pass');
	});
});

describe('security.txt', () => {
	const NOW = Date.UTC(2026, 10, 24);
	const of = (text: string, type = 'text/plain; charset=utf-8') =>
		judgeSecurityTxt({text, type, isHttps: true}, NOW).verdict;
	it.each([
		['Contact: mailto:a@b.example\nExpires: 2027-06-01T00:00:00Z\n', 'pass'],
		['contact: https://b.example\r\nexpires: 2027-06-01T00:00:00.000+05:30\r\n', 'pass'],
		['-----BEGIN PGP SIGNED MESSAGE-----\n\nContact: mailto:a@b.example\nExpires: 2027-06-01T00:00:00Z\n', 'pass'],
		['Contact: mailto:a@b.example\nExpires: 2028-06-01T00:00:00Z\n', 'warn'],
		['Contact: mailto:a@b.example\n', 'fail'],
		['Expires: 2027-06-01T00:00:00Z\n', 'fail'],
		['Contact: mailto:a@b.example\nExpires: 2026-06-01T00:00:00Z\n', 'fail'],
		['Contact: mailto:a@b.example\nExpires: soon\n', 'fail'],
	])('%j: %s', (text, verdict) => expect(of(text)).toBe(verdict));

	it('is text, and is there', () => {
		expect(of('Contact: mailto:a@b.example\nExpires: 2027-06-01T00:00:00Z\n', 'application/octet-stream')).toBe('fail');
		expect(judgeSecurityTxt(undefined, NOW).verdict).toBe('warn');
	});
});

describe('robots.txt', () => {
	it.each<[text: string | undefined, hasPage: boolean, verdict: string]>([
		[undefined, true, 'pass'],
		['User-agent: *\nDisallow:\n', true, 'pass'],
		['User-agent: *\nDisallow: / # all of it\n', true, 'warn'],
		['User-agent: *\nDisallow: /\n', false, 'pass'],
		['User-agent: BadBot\nDisallow: /\n\nUser-agent: *\nDisallow: /cart\n', true, 'pass'],
		['User-agent: *\nDisallow: /\nAllow: /\n', true, 'pass'],
		['User-agent: *\nDisallow: /admin/\n', true, 'warn'],
	])('%j, with a page %s: %s', (text, hasPage, verdict) => {
		expect(judgeRobots({text, hasPage})[0]?.verdict).toBe(verdict);
	});
});

describe('a page', () => {
	it('is read as browsers do', () => {
		const page = readPage(
			`<base href="/sub/"><script src=a.js></script><SCRIPT SRC='http://cdn.example/b.js'></SCRIPT><img srcset="c.png 1x, http://cdn.example/d.png 2x">
			<!-- <script src="no.js"></script> --><a href="&#47;x">x</a><link rel=canonical href="http://shop.example/"><form action="http://pay.example/">`,
			new URL('https://shop.example/page'),
		);
		expect(page.scripts.map(({href}) => href)).toEqual(['https://shop.example/sub/a.js', 'http://cdn.example/b.js']);
		expect(page.links.map(({pathname}) => pathname)).toEqual(['/x']);
		expect(page.forms.map(({host}) => host)).toEqual(['pay.example']);
		const plain = page.subresources.filter(({url}) => url.protocol === 'http:');
		expect(plain.map(({kind, url}) => `${kind} ${url.pathname}`)).toEqual(['active /b.js', 'passive /d.png']);
	});
});
