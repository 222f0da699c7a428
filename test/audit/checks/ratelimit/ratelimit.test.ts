import {describe, expect, it} from 'vitest';
import {judgeEnforced, type LimitFacts} from '../../../../src/audit/checks/ratelimit/enforced.js';
import {isRetryAfter, readRateLimit} from '../../../../src/audit/facts/rate-limit-headers.js';

const facts = (change: Partial<LimitFacts>): LimitFacts => ({
	tries: 11,
	end: 'limited',
	retryAfter: '42',
	announced: undefined,
	forwarded: 429,
	afterwards: 429,
	...change,
});

describe('ratelimit.enforced', () => {
	it.each<[string, Partial<LimitFacts>, string[]]>([
		['a limit', {}, ['pass']],
		['a limit until a date', {retryAfter: 'Tue, 24 Nov 2026 21:00:00 GMT'}, ['pass']],
		['a limit without a time', {retryAfter: undefined}, ['warn']],
		['a limit with a time that is none', {retryAfter: '-1'}, ['warn']],
		['a limit that a header lifts', {forwarded: 401}, ['fail']],
		['a limit that ended meanwhile', {forwarded: 401, afterwards: 401}, ['inconclusive']],
		['none', {end: 'all'}, ['fail']],
		['one that is told and far', {end: 'all', announced: 600}, ['skip']],
		['one that is told and not held', {end: 'all', announced: 10}, ['fail']],
		['a lock', {end: 'locked'}, ['pass']],
		['a shop that fails', {end: 'failed'}, ['inconclusive']],
	])('judges %s', (_, change, verdicts) => {
		expect(judgeEnforced(facts(change)).map(({verdict}) => verdict)).toEqual(verdicts);
	});
});

describe('headers of limits', () => {
	it.each<[Record<string, string>, number | undefined, number]>([
		[{'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '99'}, 100, 0],
		[{'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '9', 'ratelimit-reset': '5'}, 100, 0],
		[{ratelimit: '"default";r=50;t=30', 'ratelimit-policy': '"default";q=100;w=60'}, 100, 0],
		[{'ratelimit-policy': '100;w=60'}, 100, 0],
		[{'ratelimit-policy': 'many'}, undefined, 1],
		[{'ratelimit-limit': 'ten'}, undefined, 1],
		[{}, undefined, 0],
	])('reads %j', (headers, limit, problems) => {
		const read = readRateLimit({headers: Object.entries(headers)});
		expect([read.limit, read.problems.length]).toEqual([limit, problems]);
	});

	it.each([
		['0', true],
		['120', true],
		['Tue, 24 Nov 2026 21:00:00 GMT', true],
		['1.5', false],
		['soon', false],
		['', false],
	])('takes Retry-After %j for a time: %s', (text, is) => {
		expect(isRetryAfter(text)).toBe(is);
	});
});
