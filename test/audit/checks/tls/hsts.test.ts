import {describe, expect, it} from 'vitest';
import {judgeHsts} from '../../../../src/audit/checks/tls/hsts.js';

describe('Strict-Transport-Security', () => {
	it.each<[values: string[], verdict: string]>([
		[[], 'fail'],
		[['max-age=63072000; includeSubDomains'], 'pass'],
		[['max-age=31536000; includeSubDomains; preload'], 'pass'],
		[['includeSubDomains; max-age = 31536000;'], 'pass'],
		[['max-age="31536000"; includeSubDomains'], 'pass'],
		[['max-age=31536000; includeSubDomains; new=1'], 'pass'],
		[['max-age=31536000'], 'warn'],
		[['max-age=15552000; includeSubDomains'], 'warn'],
		[['max-age=31536000; preload'], 'warn'],
		[['max-age=15551999; includeSubDomains'], 'fail'],
		[['max-age=0'], 'fail'],
		[['includeSubDomains'], 'fail'],
		[['max-age=a year'], 'fail'],
		[['max-age="31536000'], 'fail'],
		[['max-age=31536000; max-age=31536000'], 'fail'],
		[['max-age=31536000; includeSubDomains, max-age=31536000; includeSubDomains'], 'fail'],
		[['max-age=31536000; includeSubDomains', 'max-age=31536000; includeSubDomains'], 'fail'],
	])('%j: %s', (values, verdict) => {
		expect(judgeHsts({values}, 'shop.example').verdict).toBe(verdict);
	});
});
