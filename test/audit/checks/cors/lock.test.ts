import {describe, expect, it} from 'vitest';
import {judgeCors} from '../../../../src/audit/checks/cors/lock.js';
import {type CorsAddress, lookOf} from '../../../../src/audit/facts/cors-matrix.js';
import {originsToTry} from '../../../../src/audit/facts/cors-origins.js';

const SHOP = 'https://shop.example';

describe('the origins that are tried', () => {
	it('are eleven, and the shop’s own first', () => {
		const origins = originsToTry(SHOP, []);
		expect(origins.map(({origin}) => origin)).toEqual([
			'https://shop.example',
			'https://evil.example',
			'null',
			'http://localhost:3000',
			'http://shop.example',
			'https://shop.example.evil.example',
			'https://evilshop.example',
			'https://shopxexample',
			'https://sub.shop.example',
			'https://shop.example:8443',
			'https://SHOP.EXAMPLE',
		]);
	});

	it('are no strangers where the configuration lists them', () => {
		const origins = originsToTry(SHOP, ['https://sub.shop.example', 'http://localhost:3000', SHOP]);
		expect(origins.filter(({kind}) => kind === 'declared').map(({origin}) => origin)).toEqual([
			'https://sub.shop.example',
			'http://localhost:3000',
		]);
		expect(origins.some(({kind}) => kind === 'subdomain' || kind === 'localhost')).toBe(false);
	});

	it('make sense for an address and for a port', () => {
		expect(originsToTry('http://127.0.0.1:8443', []).map(({origin}) => origin)).toEqual([
			'http://127.0.0.1:8443',
			'https://evil.example',
			'null',
			'http://localhost:3000',
			'http://127.0.0.1:9443',
		]);
		expect(originsToTry('https://[::1]:8080', []).every(({origin}) => origin === 'null' || URL.canParse(origin))).toBe(
			true,
		);
	});
});

type Told = Readonly<Record<string, string>>;
const CREDENTIALS = {'access-control-allow-credentials': 'true'};

/** The judgement of an address that answers each origin so. */
function judge(
	answer: (origin: string, isPreflight: boolean) => Told,
	kind: CorsAddress['kind'] = 'public',
	allowed: readonly string[] = [],
	status = 200,
) {
	const looks = originsToTry(SHOP, allowed).flatMap((origin) =>
		[false, true].map((isPreflight) =>
			lookOf({...origin, isPreflight}, {status, headers: Object.entries(answer(origin.origin, isPreflight))}),
		),
	);
	const findings = judgeCors({addresses: [{path: '/api/health', kind, looks}], unjudged: []});
	return findings.map(({verdict, severity, reason}) =>
		[verdict, severity, reason].filter((word) => word !== undefined).join(' '),
	);
}
const echo =
	(allows: (origin: string) => boolean, more: Told = {vary: 'origin'}) =>
	(origin: string): Told =>
		allows(origin) ? {'access-control-allow-origin': origin, ...more} : more;

describe('cors.lock', () => {
	it.each([
		['passes an API without CORS', () => ({}), /^pass no stranger/],
		['passes a list', echo((origin) => origin === SHOP), /^pass no stranger/],
		['passes one name for everybody', () => ({'access-control-allow-origin': SHOP}), /^pass no stranger/],
		['passes a star on what is public', () => ({'access-control-allow-origin': '*'}), /^pass every site/],
		['passes a comparison that forgives capitals', echo((origin) => origin.toLowerCase() === SHOP), /^pass/],
		[
			'fails an echo with credentials critically',
			echo(() => true, {vary: 'origin', ...CREDENTIALS}),
			/^fail critical any site may read it, with/,
		],
		['fails an echo', echo(() => true), /^fail high any site may read it$/],
		['fails null', echo((origin) => origin === 'null'), /^fail high a page in a sandbox/],
		['fails null for everybody', () => ({'access-control-allow-origin': 'null'}), /^fail high a page in a sandbox/],
		[
			'fails plain http',
			echo((origin) => /^https?:\/\/shop\.example$/.test(origin)),
			/^fail high the shop over plain http/,
		],
		[
			'fails a subdomain',
			echo((origin) => /^https:\/\/(?:\w+\.)?shop\.example$/.test(origin)),
			/^fail high a subdomain/,
		],
		[
			'fails any port',
			echo((origin) => /^https:\/\/shop\.example(?::\d+)?$/.test(origin)),
			/^fail high another program/,
		],
		[
			'fails a preflight that lets in',
			(origin: string, isPreflight: boolean): Told =>
				isPreflight && origin === 'https://evil.example' ? {'access-control-allow-origin': origin} : {},
			/^fail high any site/,
		],
		[
			'fails a star with credentials',
			() => ({'access-control-allow-origin': '*', ...CREDENTIALS}),
			/^fail medium it allows every origin with credentials/,
		],
		[
			'warns of an answer that varies and does not say so',
			echo((origin) => origin === SHOP, {}),
			/^warn low the answer depends/,
		],
	] as const)('%s', (_title, answer, expected) => {
		expect(judge(answer)).toEqual([expect.stringMatching(expected)]);
	});

	it('fails a star on a private route', () => {
		const star = {'access-control-allow-origin': '*'};
		const json = {...star, 'content-type': 'application/json'};
		expect(judge(() => json, 'private')).toEqual(['fail every site may read a route that is private']);
		expect(judge(() => star, 'private', [], 401)).toEqual(['fail every site may read a route that is private']);
	});

	it('passes a star of a host of static files, where the private route is no route', () => {
		const star = {'access-control-allow-origin': '*', 'content-type': 'text/html'};
		expect(judge(() => star, 'private', [], 404)).toEqual([expect.stringMatching(/^pass/)]);
		expect(judge(() => star, 'private', [], 200)).toEqual([expect.stringMatching(/^pass/)]);
	});

	it('asks no Vary of an answer to OPTIONS, which no cache keeps', () => {
		const list = (origin: string, isPreflight: boolean): Told =>
			origin === SHOP ? {'access-control-allow-origin': origin, ...(isPreflight ? {} : {vary: 'origin'})} : {};
		expect(judge(list)).toEqual([expect.stringMatching(/^pass/)]);
	});

	it('fails an origin that is listed and not let in, and passes one that is', () => {
		const admin = 'https://admin.example';
		expect(judge(() => ({}), 'public', [admin])).toEqual([
			expect.stringMatching(/^pass/),
			expect.stringMatching(/^fail medium it is listed/),
		]);
		expect(
			judge(
				echo((origin) => origin === admin),
				'public',
				[admin],
			),
		).toEqual([expect.stringMatching(/^pass/)]);
	});

	it('takes two headers for none, as browsers do', () => {
		const look = lookOf(
			{kind: 'evil', origin: 'https://evil.example', isPreflight: false},
			{
				status: 200,
				headers: [
					['access-control-allow-origin', 'https://evil.example'],
					['access-control-allow-origin', SHOP],
				],
			},
		);
		expect(look.allowed).toBeUndefined();
	});
});
