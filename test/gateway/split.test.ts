import type {IncomingMessage} from 'node:http';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {readClient, readCookie} from '../../src/gateway/client-key.js';
import {makeSplit} from '../../src/gateway/split.js';

describe('the split', () => {
	it('counts only until its lease ends, by a clock of its own', () => {
		let now = 5000;
		const split = makeSplit({monotonicMs: () => now});
		expect(split.isForCanary(0)).toBe(false);
		split.set({share: 0.05, leaseMs: 1000, owner: 'run-1'});
		expect([0, 499, 500, 9999].map(split.isForCanary)).toEqual([true, true, false, false]);
		now += 999;
		expect(split.isForCanary(0)).toBe(true);
		expect(split.read()).toEqual({share: 0.05, leaseMs: 1, owner: 'run-1'});
		now += 1;
		expect(split.isForCanary(0)).toBe(false);
		expect(split.read()).toEqual({share: 0.05, leaseMs: 0, owner: 'run-1'});
	});

	it('keeps whoever has the canary as the share grows, and never gives more than asked for', () => {
		fc.assert(
			fc.property(fc.double({min: 0, max: 1, noNaN: true}), fc.double({min: 0, max: 1, noNaN: true}), (a, b) => {
				const split = makeSplit({monotonicMs: () => 0});
				const has = (share: number) => {
					split.set({share, leaseMs: 1, owner: null});
					return Array.from({length: 10_000}, (_, bucket) => split.isForCanary(bucket));
				};
				const [small, large] = [has(Math.min(a, b)), has(Math.max(a, b))];
				expect(small.every((isCanary, bucket) => !isCanary || large[bucket])).toBe(true);
				const given = large.filter(Boolean).length / 10_000;
				expect(given).toBeLessThanOrEqual(Math.max(a, b) + 1e-9);
				expect(given).toBeGreaterThan(Math.max(a, b) - 0.0001 - 1e-9);
			}),
			{numRuns: 50},
		);
	});

	it.each([
		['sid=a', 'a'],
		['theme=dark; sid=a', 'a'],
		[' sid = a ;x=1', 'a'],
		['sid=a=b==', 'a=b=='],
		['xsid=1; sid=2', '2'],
		['sid=', undefined],
		['sid', undefined],
		['', undefined],
		[undefined, undefined],
	])('reads the cookie of %j as %j', (header, value) => {
		expect(readCookie(header, 'sid')).toBe(value);
	});
});

describe('a client', () => {
	const ask = (remoteAddress: string, headers: Record<string, string> = {}, random = () => 0.5) =>
		readClient({headers, socket: {remoteAddress}} as unknown as IncomingMessage, 'sid', random);

	it('is known by the cookie wherever it comes from', () => {
		const cookie = 'sid=one';
		expect(ask('203.0.113.1', {cookie})).toEqual(ask('198.51.100.7', {cookie, 'user-agent': 'other'}));
	});

	it('without one is known by address and browser, so that an office is spread', () => {
		const buckets = Array.from(
			{length: 400},
			(_, index) => ask('203.0.113.1', {'user-agent': `browser ${index}`}).bucket,
		);
		expect(buckets).toEqual(buckets.map((_, index) => ask('203.0.113.1', {'user-agent': `browser ${index}`}).bucket));
		const low = buckets.filter((bucket) => bucket < 2500).length;
		expect(Math.abs(low - 100)).toBeLessThan(5 * Math.sqrt(400 * 0.25 * 0.75));
	});

	it('behind a proxy of this machine is known by what that says, else left to chance: one hash for all would be all or nothing', () => {
		const by = (address: string) => ask('::ffff:127.0.0.1', {'x-forwarded-for': address}).bucket;
		expect(by('203.0.113.1')).toBe(by('203.0.113.1'));
		expect(by('203.0.113.1')).not.toBe(by('203.0.113.2'));
		for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
			expect([0, 0.3, 0.9999999].map((chance) => ask(address, {}, () => chance).bucket)).toEqual([0, 3000, 9999]);
		}
	});
});
