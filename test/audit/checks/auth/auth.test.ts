import {createHmac} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {idsBeside} from '../../../../src/audit/checks/auth/bola.js';
import {judgeEnumeration, type Pair, type Told} from '../../../../src/audit/checks/auth/enumeration.js';
import {judgeJwt} from '../../../../src/audit/checks/auth/jwt.js';
import {judgeSession, type SessionFacts} from '../../../../src/audit/checks/auth/session.js';
import {hasWeakSecret, makeJwt, parseJwt} from '../../../../src/audit/facts/jwt.js';
import {makeTestHost} from '../../../support/host.js';

const told = (change: Partial<Told> = {}): Told => ({status: 401, words: 'no', firstByteMs: 10, ...change});
const pairs = (known: Partial<Told>, unknown: Partial<Told>, count = 5): Pair[] =>
	Array.from({length: count}, () => ({known: told(known), unknown: told(unknown)}));

describe('auth.enumeration', () => {
	it.each<[string, Pair[], string]>([
		['alike', pairs({}, {}), 'pass'],
		['another status', pairs({}, {status: 404}), 'fail'],
		['other words', pairs({words: 'wrong password'}, {}), 'fail'],
		['five that take as much longer', pairs({firstByteMs: 180}, {}), 'warn'],
		['a time that is told by too few', pairs({firstByteMs: 180}, {}, 2), 'pass'],
		['a time that also varies by itself', [...pairs({firstByteMs: 180}, {}), ...pairs({}, {})], 'pass'],
		['a limit before the first', [], 'inconclusive'],
	])('judges %s', (_, facts, verdict) => {
		expect(judgeEnumeration(facts).verdict).toBe(verdict);
	});
});

describe('auth.jwt', () => {
	const payload = {sub: '1'};
	it('knows a secret of a tutorial, in each HMAC, and no other', () => {
		expect(hasWeakSecret(parseJwt(makeJwt({alg: 'HS256'}, payload, 'secret')) ?? never())).toBe(true);
		expect(hasWeakSecret(parseJwt(makeJwt({alg: 'HS256'}, payload, 'f'.repeat(64))) ?? never())).toBe(false);
		const head = Buffer.from('{"alg":"HS512"}').toString('base64url');
		const signature = createHmac('sha512', 'changeme').update(`${head}.e30`).digest('base64url');
		expect(hasWeakSecret(parseJwt(`${head}.e30.${signature}`) ?? never())).toBe(true);
	});

	it.each(['', 'a.b.c', 'sa_0123456789abcdef', 'e30.e30.x', `${'.'.repeat(9)}`])('takes %j for no JWT', (token) => {
		expect(parseJwt(token)).toBeUndefined();
	});

	it.each([
		[900, ['pass']],
		[86_400, ['pass']],
		[90_000, ['warn']],
		[undefined, ['fail']],
	])('judges a lifetime of %s seconds', (lifetimeSeconds, verdicts) => {
		const attempts = [{name: 'cut', reach: 'login' as const, status: 401}];
		const token = {algorithm: 'HS256', isWeak: false, lifetimeSeconds, secrets: []};
		expect(judgeJwt({attempts, token}).map(({verdict}) => verdict)).toEqual(verdicts);
	});
});

describe('auth.session', () => {
	const facts = (change: Partial<SessionFacts>): SessionFacts => ({
		logOut: 204,
		before: 200,
		after: 401,
		cookies: [],
		sameCookie: undefined,
		isHttps: true,
		...change,
	});
	it.each<[string, Partial<SessionFacts>, string[]]>([
		['an ended session', {}, ['pass']],
		['one that works on', {after: 200}, ['fail']],
		['a shop without a log-out', {logOut: undefined, after: 200}, ['skip']],
		['a log-out that throws', {logOut: 500}, ['fail']],
		['one id for two log-ins', {sameCookie: 'sid'}, ['fail']],
		['a closed cookie', {cookies: [{name: 'sid', attributes: ['secure', 'httponly', 'samesite=lax']}]}, ['pass']],
		['a cookie without SameSite', {cookies: [{name: 'sid', attributes: ['secure', 'httponly']}]}, ['warn']],
		['an open cookie', {cookies: [{name: 'sid', attributes: ['secure', 'samesite=lax']}]}, ['fail']],
		[
			'a cookie over plain http',
			{isHttps: false, cookies: [{name: 'sid', attributes: ['httponly', 'samesite=lax']}]},
			['pass'],
		],
		['a cookie that scripts are meant to read', {cookies: [{name: 'csrf_token', attributes: ['secure']}]}, ['pass']],
	])('judges %s', (_, change, verdicts) => {
		expect(judgeSession(facts(change)).map(({verdict}) => verdict)).toEqual(verdicts);
	});
});

describe('auth.bola', () => {
	it.each([
		['7', ['6', '8']],
		['1', ['2']],
		['0123456789abcdef01000000', ['0123456789abcdef01000001']],
		['0123456789abcdef0100ffff', ['0123456789abcdef0100fffe', '0123456789abcdef01010000']],
	])('counts on from %s', (id, expected) => {
		expect(idsBeside(id, {host: makeTestHost()})).toEqual(expected);
	});

	it('makes an id up beside one that cannot be counted', () => {
		expect(idsBeside('c8f1d1f0-7c1e-4d0a-9f57-0c6b9f4a2b11', {host: makeTestHost()})[0]).toMatch(/^[0-9a-f]{24}$/);
	});
});

function never(): never {
	throw new Error('that is a JWT');
}
