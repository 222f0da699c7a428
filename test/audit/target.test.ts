import {describe, expect, it} from 'vitest';
import {makeTarget} from '../../src/audit/target.js';
import {findRule, parseResolveRule} from '../../src/ports/web/route.js';

const make = (domain: string, resolve: readonly string[] = [], api = '/api') =>
	makeTarget({domain, api, httpPort: undefined, rules: resolve.map(parseResolveRule)});

describe('a target', () => {
	it.each([
		['shop.example', 'https://shop.example', 443, 80],
		['https://Shop.Example/', 'https://shop.example', 443, 80],
		['http://shop.example', 'http://shop.example', 80, 80],
		['https://shop.example:8443/shop?x#y', 'https://shop.example:8443', 8443, 80],
		['https://[2001:db8::9]:8443', 'https://[2001:db8::9]:8443', 8443, 80],
		['bücher.example', 'https://xn--bcher-kva.example', 443, 80],
	])('%s is %s', (typed, origin, port, httpPort) => {
		expect(make(typed)).toMatchObject({origin, port, httpPort});
	});

	it.each(['', ' ', 'ftp://shop.example', 'https://', 'shop example', 'https://user:pass@shop.example', 'http://%zz'])(
		'is refused as %j, with exit code 2',
		(typed) => {
			expect(() => make(typed)).toThrow(expect.objectContaining({code: 'AUDIT_TARGET', exitCode: 2}));
		},
	);

	it.each([
		['localhost:3000', [], true],
		['127.0.0.1', [], true],
		['https://[::1]', [], true],
		['10.1.2.3', [], false],
		['shop.test', ['shop.test:443:127.0.0.1'], true],
		['shop.test', ['other.test:443:127.0.0.1'], false],
	] as const)('%s with %j is on this machine: %j', (typed, resolve, isLoopback) => {
		expect(make(typed, resolve).isLoopback).toBe(isLoopback);
	});

	it('is private by its address, and by where --resolve leads', () => {
		expect(make('192.168.1.9').isPrivate).toBe(true);
		expect(make('shop.test', ['shop.test:443:10.0.0.9']).isPrivate).toBe(true);
		expect(make('8.8.8.8').isPrivate).toBe(false);
	});

	it('has its API below the site, or at an address of its own', () => {
		expect(make('shop.example/shop', [], '/shop/api/').api).toBe('https://shop.example/shop/api');
		expect(make('shop.example', [], 'https://api.shop.example/v1').api).toBe('https://api.shop.example/v1');
	});
});

describe('a resolve rule', () => {
	it('is read as curl reads it', () => {
		expect(parseResolveRule('Shop.test:443:[::1],127.0.0.1')).toEqual({
			host: 'shop.test',
			port: 443,
			addresses: ['::1', '127.0.0.1'],
		});
	});

	it.each(['shop.test', 'shop.test:443', 'shop.test:0:127.0.0.1', 'shop.test:443:localhost', ':443:127.0.0.1'])(
		'is refused as %s',
		(text) => {
			expect(() => parseResolveRule(text)).toThrow(expect.objectContaining({code: 'USAGE'}));
		},
	);

	it('for https leads plain http of the same host to the same machine, unless another rule does', () => {
		const rules = ['shop.test:443:127.0.0.1', '*:80:127.0.0.2'].map(parseResolveRule);

		expect(findRule(rules, 'shop.test', 8080)?.addresses).toEqual(['127.0.0.1']);
		expect(findRule(rules, 'shop.test', 80)?.addresses).toEqual(['127.0.0.2']);
		expect(findRule(rules, 'www.shop.test', 443)).toBeUndefined();
	});
});
