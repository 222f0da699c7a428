import {describe, expect, it} from 'vitest';
import {type CaaFacts, judgeCaa} from '../../../../src/audit/checks/domain/dns-caa.js';
import {judgeAddresses} from '../../../../src/audit/checks/domain/dns-resolve.js';
import {type Front, judgeCanonical} from '../../../../src/audit/checks/domain/http-canonical.js';
import {judgeRedirect, type RedirectFacts} from '../../../../src/audit/checks/domain/http-redirect.js';
import {judgeIpv6} from '../../../../src/audit/checks/tls/ipv6.js';

describe('addresses in DNS', () => {
	it.each<[v4: string[], v6: string[], allowsPrivate: boolean, verdict: string]>([
		[['93.184.216.34'], [], false, 'pass'],
		[[], ['2606:2800:220:1::1'], false, 'pass'],
		[[], [], false, 'fail'],
		[['10.0.0.1'], [], false, 'fail'],
		[['93.184.216.34', '127.0.0.1'], [], false, 'fail'],
		[['10.0.0.1'], [], true, 'pass'],
	])('%j %j, private allowed %s: %s', (v4, v6, allowsPrivate, verdict) => {
		expect(judgeAddresses({host: 'shop.example', v4, v6, allowsPrivate}).verdict).toBe(verdict);
	});
});

describe('IPv6', () => {
	it.each([
		[[], undefined, 'pass'],
		[['2001:db8::9'], undefined, 'pass'],
		[['2001:db8::9'], {isOurs: false, words: 'refused'}, 'warn'],
		[['2001:db8::9'], {isOurs: true, words: 'no way'}, 'inconclusive'],
	])('%j %o: %s', (addresses, silence, verdict) => {
		expect(judgeIpv6({addresses, silence}).verdict).toBe(verdict);
	});
});

describe('CAA', () => {
	const LETS_ENCRYPT = "C=US\nO=Let's Encrypt\nCN=R11";
	it.each<[records: CaaFacts['records'], issuer: string, isWildcard: boolean, verdict: string]>([
		[[{issue: 'letsencrypt.org'}], LETS_ENCRYPT, false, 'pass'],
		[[{issue: 'letsencrypt.org; accounturi=https://a/1'}], LETS_ENCRYPT, false, 'pass'],
		[[{issue: 'digicert.com'}, {issue: 'LetsEncrypt.org'}], LETS_ENCRYPT, false, 'pass'],
		[[{issue: 'digicert.com'}], LETS_ENCRYPT, false, 'fail'],
		[[{issue: ';'}], LETS_ENCRYPT, false, 'fail'],
		[[{}], LETS_ENCRYPT, false, 'pass'],
		[[{issue: 'letsencrypt.org'}, {issuewild: ';'}], LETS_ENCRYPT, false, 'pass'],
		[[{issue: 'letsencrypt.org'}, {issuewild: ';'}], LETS_ENCRYPT, true, 'fail'],
		[[{issue: 'letsencrypt.org'}], LETS_ENCRYPT, true, 'pass'],
		[[{issue: 'digicert.com'}], 'CN=An authority nobody knows', false, 'pass'],
	])('%j for %j, wildcard %s: %s', (records, issuer, isWildcard, verdict) => {
		expect(judgeCaa({zone: 'shop.example', records, issuer, isWildcard}).verdict).toBe(verdict);
	});
});

describe('redirects of plain http', () => {
	const hop = (url: string, status: number, to?: string) => ({
		url: new URL(url),
		status,
		to: to === undefined ? undefined : new URL(to),
	});
	const PLAIN = 'http://shop.example/';
	const SECURE = 'https://shop.example/';
	it.each<
		[
			hops: RedirectFacts['front']['hops'],
			end: RedirectFacts['front']['end'],
			deep: RedirectFacts['deep'],
			verdict: string,
		]
	>([
		[[], 'silent', undefined, 'pass'],
		[[hop(PLAIN, 301, SECURE), hop(SECURE, 200)], 'answer', hop(`${PLAIN}a`, 301, `${SECURE}a`), 'pass'],
		[[hop(PLAIN, 308, SECURE)], 'silent', undefined, 'pass'],
		[[hop(PLAIN, 301, SECURE), hop(SECURE, 200)], 'answer', hop(`${PLAIN}a`, 404), 'pass'],
		[[hop(PLAIN, 403)], 'answer', undefined, 'pass'],
		[[hop(PLAIN, 302, SECURE), hop(SECURE, 200)], 'answer', undefined, 'warn'],
		[[hop(PLAIN, 301, 'https://www.shop.example/')], 'left', undefined, 'warn'],
		[[hop(PLAIN, 200)], 'answer', undefined, 'fail'],
		[[hop(PLAIN, 301, 'http://www.shop.example/')], 'left', undefined, 'fail'],
		[[hop(PLAIN, 301, SECURE), hop(SECURE, 302, PLAIN)], 'loop', undefined, 'fail'],
		[[hop(PLAIN, 301, SECURE), hop(SECURE, 302, `${PLAIN}a`), hop(`${PLAIN}a`, 200)], 'answer', undefined, 'fail'],
		[[hop(PLAIN, 301, SECURE), hop(SECURE, 200)], 'answer', hop(`${PLAIN}a`, 200), 'fail'],
		[[hop(PLAIN, 301, SECURE)], 'too-long', undefined, 'fail'],
		[[hop(PLAIN, 502)], 'answer', undefined, 'inconclusive'],
	])('case %#: $3', (hops, end, deep, verdict) => {
		expect(judgeRedirect({host: 'shop.example', front: {hops, end, why: undefined}, deep}).verdict).toBe(verdict);
	});
});

describe('the two names', () => {
	const own: Front = {status: 200, to: undefined, isTrusted: true, problem: undefined};
	const leads = (status: number, to: string): Front => ({...own, status, to: new URL(to)});
	it.each<[own: Front, there: Front | 'absent' | 'closed', verdict: string]>([
		[own, 'absent', 'pass'],
		[own, 'closed', 'warn'],
		[own, leads(301, 'https://shop.example/'), 'pass'],
		[leads(308, 'https://www.shop.example/'), own, 'pass'],
		[own, leads(302, 'https://shop.example/'), 'warn'],
		[own, own, 'warn'],
		[own, {...own, status: 404}, 'pass'],
		[own, {...own, isTrusted: false, problem: 'ERR_TLS_CERT_ALTNAME_INVALID'}, 'fail'],
		[{...own, isTrusted: false}, {...leads(301, 'https://shop.example/'), isTrusted: false}, 'pass'],
		[leads(301, 'https://www.shop.example/'), leads(301, 'https://shop.example/'), 'fail'],
	])('case %#', (front, there, verdict) => {
		expect(judgeCanonical({host: 'shop.example', other: 'www.shop.example', own: front, there}).verdict).toBe(verdict);
	});
});
