import {describe, expect, it} from 'vitest';
import {holdsData, type Reach, reachOf, saysNo} from '../../../src/audit/facts/reach.js';
import {judgeRefusals} from '../../../src/audit/facts/refusals.js';
import type {WebAnswer} from '../../../src/ports/web/exchange.js';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}, path = '/api/x'): WebAnswer => ({
	url: new URL(`https://shop.example${path}`),
	status,
	headers: Object.entries({'content-type': 'application/json', ...headers}),
	body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
	isTruncated: false,
	isBroken: false,
	firstByteMs: 1,
	durationMs: 1,
	address: undefined,
	tls: undefined,
});
const control = answer(
	404,
	{message: 'Route POST:/api/sastaops-0011223344556677 not found', id: 'req-7'},
	{},
	'/api/sastaops-0011223344556677',
);

describe('what an answer means', () => {
	it.each<[string, WebAnswer, Reach]>([
		['the same as anywhere', answer(404, {message: 'Route POST:/api/x not found', id: 'req-8'}), 'absent'],
		['a 404 of its own', answer(404, {code: 'UNKNOWN_ORDER'}), 'refused'],
		['yes', answer(200, {status: 'paid'}), 'accepted'],
		['yes, and no in words', answer(200, {success: false}), 'excused'],
		['a redirect to a log-in', answer(302, '', {location: '/login?next=x'}), 'login'],
		['a redirect elsewhere', answer(301, '', {location: 'https://www.shop.example/'}), 'absent'],
		['no log-in', answer(401, {}), 'login'],
		['a method that is not there', answer(405, {}), 'absent'],
		['a mistake', answer(500, {}), 'broken'],
		['a gateway', answer(502, {}), 'away'],
		['a limit', answer(429, {}), 'limited'],
		['a refusal', answer(422, {}), 'refused'],
	])('%s', (_, given, reach) => {
		expect(reachOf(given, control)).toBe(reach);
	});

	it('says nothing where everything is answered so', () => {
		expect(reachOf(answer(200, {a: 1}), answer(200, {b: 2}))).toBe('absent');
		expect(reachOf(answer(401, {a: 1}), answer(401, {a: 2}))).toBe('login');
		expect(reachOf(answer(500, {a: 1}), answer(500, {a: 2}))).toBe('away');
	});

	it.each<[unknown, boolean]>([
		[{status: 'failure'}, true],
		[{signatureIsValid: 'false'}, true],
		[{error: null, status: 'ok'}, false],
		[{error: {code: 'NO'}}, true],
		[[], false],
	])('reads %j as a no: %s', (body, is) => {
		expect(saysNo(answer(200, body))).toBe(is);
	});

	it.each<[unknown, boolean]>([
		[{orders: [], next: null, total: 0}, false],
		[{user: null, authenticated: false}, false],
		[{orders: [{id: 7}]}, true],
		[{orders: [{id: 'x'}]}, true],
		[{email: 'asha@shop.example'}, true],
		[[1], true],
	])('finds somebody’s data in %j: %s', (body, is) => {
		expect(holdsData(body)).toBe(is);
	});
});

describe('a row of refusals', () => {
	const words = {
		subject: 'signature',
		accepted: 'is taken',
		refused: 'each is refused',
		absent: 'none',
		login: 'log in',
	};
	const row = (...reaches: Reach[]) => reaches.map((reach, index) => ({name: `n${index}`, reach, status: 400}));
	it.each<[Reach[], string[]]>([
		[['refused', 'refused'], ['pass']],
		[
			['refused', 'accepted', 'broken'],
			['fail', 'fail'],
		],
		[['refused', 'excused'], ['warn']],
		[['refused', 'away'], ['inconclusive']],
		[['refused', 'limited'], ['inconclusive']],
		[['refused', 'login'], ['skip']],
		[['absent', 'absent'], ['skip']],
		[['accepted', 'away'], ['fail']],
	])('%j is %j', (reaches, verdicts) => {
		expect(judgeRefusals(row(...reaches), words).map(({verdict}) => verdict)).toEqual(verdicts);
	});
});
