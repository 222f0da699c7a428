import {describe, expect, it} from 'vitest';
import {judgeChain} from '../../../../src/audit/checks/tls/cert-chain.js';
import {judgeLifetime} from '../../../../src/audit/checks/tls/cert-expiry.js';
import {judgeKeys} from '../../../../src/audit/checks/tls/cert-key.js';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 24);

describe('the dates of a certificate', () => {
	it.each<[age: number, left: number, isPublic: boolean, verdict: string]>([
		[60, 30, false, 'pass'],
		[61, 29, false, 'warn'],
		[77, 13, false, 'fail'],
		[91, -1, false, 'fail'],
		[-1, 90, false, 'fail'],
		// Of 47 days: a third and a sixth.
		[30, 17, true, 'pass'],
		[33, 14, true, 'warn'],
		[40, 7, true, 'fail'],
		// Of six.
		[1, 5, true, 'pass'],
		// Issued when 200 days are the most; a private authority may do as it likes.
		[10, 300, true, 'warn'],
		[10, 300, false, 'pass'],
		[10, 190, true, 'pass'],
		// Issued before, when 398 were.
		[300, 98, true, 'pass'],
	])('%i days old with %i left, public %s: %s', (age, left, isPublic, verdict) => {
		const lifetime = {fromMs: NOW - age * DAY_MS, toMs: NOW + left * DAY_MS, isPublic};
		expect(judgeLifetime(lifetime, NOW).verdict).toBe(verdict);
	});

	it('says nothing of dates that cannot be read', () => {
		expect(judgeLifetime({fromMs: Number.NaN, toMs: NOW, isPublic: true}, NOW).verdict).toBe('inconclusive');
	});
});

describe('the chain of a certificate', () => {
	const facts = {
		problem: undefined,
		isLeafInTime: true,
		isRestInTime: true,
		isChained: true,
		isSelfSigned: false,
		names: ['shop.example', 'R11', 'Root'],
		topIssuer: 'Root',
	};

	it.each<[problem: string | undefined, more: Partial<typeof facts>, verdict: string]>([
		[undefined, {}, 'pass'],
		['ERR_TLS_CERT_ALTNAME_INVALID', {}, 'pass'],
		['EE_KEY_TOO_SMALL', {}, 'pass'],
		['CERT_HAS_EXPIRED', {isLeafInTime: false}, 'pass'],
		['CERT_HAS_EXPIRED', {isLeafInTime: false, isChained: false}, 'fail'],
		['CERT_HAS_EXPIRED', {isRestInTime: false}, 'fail'],
		['CERT_HAS_EXPIRED', {isLeafInTime: false, isChained: false, isSelfSigned: true, names: ['shop.example']}, 'fail'],
		['DEPTH_ZERO_SELF_SIGNED_CERT', {isSelfSigned: true}, 'fail'],
		['UNABLE_TO_VERIFY_LEAF_SIGNATURE', {names: ['shop.example'], topIssuer: 'R11'}, 'fail'],
		['SOMETHING_NEW', {}, 'fail'],
	])('%s %o: %s', (problem, more, verdict) => {
		expect(judgeChain({...facts, ...more, problem}).verdict).toBe(verdict);
	});
});

describe('keys and signatures', () => {
	const rsa = {
		subject: 'a',
		key: {type: 'rsa', bits: 2048, curve: undefined},
		signature: 'strong',
		isSelfSigned: false,
	} as const;

	it.each([
		[rsa, []],
		[{...rsa, key: {...rsa.key, bits: 2047}}, ['fail']],
		[{...rsa, signature: 'sha1'} as const, ['fail']],
		[{...rsa, signature: 'sha1', isSelfSigned: true} as const, []],
		[{...rsa, signature: 'md5', key: {...rsa.key, bits: 1024}} as const, ['fail', 'fail']],
		[{...rsa, key: {type: 'ec', bits: undefined, curve: 'prime256v1'}}, []],
		[{...rsa, key: {type: 'ec', bits: undefined, curve: 'secp224r1'}}, ['fail']],
		[{...rsa, key: {type: 'ed25519', bits: undefined, curve: undefined}}, []],
	])('%o', (certificate, verdicts) => {
		const found = judgeKeys([certificate]).filter(({verdict}) => verdict !== 'pass');
		expect(found.map(({verdict}) => verdict)).toEqual(verdicts);
	});
});
