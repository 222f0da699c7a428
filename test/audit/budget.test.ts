import {describe, expect, it} from 'vitest';
import {makeBudget, NotSent} from '../../src/audit/budget.js';

/** A clock that sleeping moves. */
function makeClock() {
	let nowMs = 0;
	return {
		signal: new AbortController().signal,
		monotonicMs: () => nowMs,
		sleep: async (ms: number) => {
			const wakeAt = nowMs + ms;
			await Promise.resolve();
			nowMs = Math.max(nowMs, wakeAt);
		},
	};
}

describe('a budget', () => {
	it('spreads what is sent, however much wants to go at once', async () => {
		const waits: number[] = [];
		const clock = {...makeClock(), sleep: async (ms: number) => void waits.push(ms)};
		const budget = makeBudget({perSecond: 2, total: 100, parallel: 8}, clock);

		await Promise.all(Array.from({length: 6}, () => budget.spend(async () => undefined)));

		expect(waits).toEqual([500, 1000, 1500, 2000, 2500]);
	});

	it('sends no more than its total, and says so', async () => {
		const budget = makeBudget({perSecond: Number.POSITIVE_INFINITY, total: 2, parallel: 1}, makeClock());
		const results = await Promise.allSettled(Array.from({length: 4}, () => budget.spend(async () => 'sent')));

		expect(results.map(({status}) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
		expect(budget.spent()).toBe(2);
		await expect(budget.spend(async () => 'sent')).rejects.toThrow('all 2 requests of the budget are used');
	});

	it('keeps to how many may be under way at once', async () => {
		const budget = makeBudget({perSecond: Number.POSITIVE_INFINITY, total: 100, parallel: 3}, makeClock());
		let running = 0;
		let most = 0;

		await Promise.all(
			Array.from({length: 20}, () =>
				budget.spend(async () => {
					most = Math.max(most, ++running);
					await new Promise((done) => setImmediate(done));
					running--;
				}),
			),
		);

		expect(most).toBe(3);
	});

	it('goes on after one that failed', async () => {
		const budget = makeBudget({perSecond: Number.POSITIVE_INFINITY, total: 100, parallel: 1}, makeClock());

		await expect(budget.spend(() => Promise.reject(new Error('reset')))).rejects.toThrow('reset');
		await expect(budget.spend(async () => 'sent')).resolves.toBe('sent');
	});

	it('sends nothing after the target has asked for peace, those in the row included', async () => {
		const budget = makeBudget({perSecond: 10, total: 100, parallel: 8}, makeClock());
		const why = new NotSent('rate-limited', 'shop.example limits us');

		const first = budget.spend(async () => budget.close(why));
		const second = budget.spend(async () => 'sent');

		await first;
		await expect(second).rejects.toBe(why);
	});

	it('waits as long as it is told to', async () => {
		const clock = makeClock();
		const budget = makeBudget({perSecond: Number.POSITIVE_INFINITY, total: 100, parallel: 1}, clock);

		budget.pauseUntil(7000);

		expect(await budget.spend(async () => clock.monotonicMs())).toBe(7000);
	});
});
