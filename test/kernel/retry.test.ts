import {describe, expect, it} from 'vitest';
import {retry} from '../../src/kernel/retry.js';
import {makeTestHost} from '../support/host.js';

function waitingHost(overrides = {}) {
	const waits: number[] = [];
	const host = makeTestHost({sleep: async (ms) => void waits.push(ms), randomHex: () => '00', ...overrides});
	return {host, waits};
}

const failing = (times: number) => async (attempt: number) => {
	if (attempt <= times) throw new Error(`try ${attempt}`);
	return attempt;
};

describe('retry', () => {
	it('waits twice as long each time, up to the longest wait', async () => {
		const {host, waits} = waitingHost();
		const policy = {attempts: 6, firstDelayMs: 100, maxDelayMs: 500, shouldRetry: () => true};
		await expect(retry(host, policy, failing(5))).resolves.toBe(6);
		expect(waits).toEqual([100, 200, 400, 500, 500]);
	});

	it('adds at most a quarter of jitter', async () => {
		const {host, waits} = waitingHost({randomHex: () => 'ff'});
		await retry(host, {firstDelayMs: 1000, shouldRetry: () => true}, failing(1));
		expect(waits[0]).toBeGreaterThan(1000);
		expect(waits[0]).toBeLessThan(1250);
	});

	it('waits as long as it is told, and not at all for 0', async () => {
		const {host, waits} = waitingHost();
		await retry(host, {attempts: 3, shouldRetry: (_error, attempt) => (attempt === 1 ? 7000 : 0)}, failing(2));
		expect(waits).toEqual([7000, 0]);
	});

	it('gives the last error when the tries are used up', async () => {
		const {host, waits} = waitingHost();
		await expect(retry(host, {attempts: 3, shouldRetry: () => true}, failing(9))).rejects.toThrow('try 3');
		expect(waits).toHaveLength(2);
	});

	it('gives up at once on an error that will not pass', async () => {
		const {host, waits} = waitingHost();
		await expect(retry(host, {shouldRetry: () => false}, failing(9))).rejects.toThrow('try 1');
		expect(waits).toEqual([]);
	});

	it('does not try again once the host is told to stop', async () => {
		const stop = new AbortController();
		const {host} = waitingHost({signal: stop.signal});
		let tries = 0;
		const work = async () => {
			tries++;
			stop.abort();
			throw new Error('cut');
		};
		await expect(retry(host, {attempts: 5, shouldRetry: () => true}, work)).rejects.toThrow('cut');
		expect(tries).toBe(1);
	});
});
