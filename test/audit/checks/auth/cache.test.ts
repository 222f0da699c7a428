import {expect, it} from 'vitest';
import {judgePersonalAnswer} from '../../../../src/audit/checks/auth/cache.js';

it.each([
	['no-store', 0, false, 'pass'],
	['private, max-age=60', 0, true, 'pass'],
	['no-cache', 0, true, 'pass'],
	['public, max-age=60', 0, false, 'fail'],
	['s-maxage=60', 0, false, 'fail'],
	['max-age=60', 0, true, 'fail'],
	['max-age=60', 0, false, 'warn'],
	[undefined, 0, false, 'warn'],
	[undefined, 0, true, 'warn'],
	['no-store', 12, false, 'fail'],
	['public, no-store', 0, false, 'pass'],
] as const)(
	'an answer of one’s own with %j, kept for %i s, by a cookie: %j, is a %s',
	(value, age, isByCookie, verdict) => {
		const cacheControl = value === undefined ? [] : [value];

		expect(judgePersonalAnswer({route: '/me', cacheControl, age, isByCookie}).verdict).toBe(verdict);
	},
);
