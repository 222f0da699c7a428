import {describe, expect, it} from 'vitest';
import {nextTrial, type Trial} from '../../src/load/until-break.js';

const TERMS = {firstRate: 100, precision: 0.1, mostTrials: 20};

/** Searches a server that keeps every rate up to `highest`. */
function search(highest: number, terms = TERMS, generatorLimit = Number.POSITIVE_INFINITY) {
	const trials: Trial[] = [];
	for (;;) {
		const next = nextTrial(trials, terms);
		if (next.kind === 'found') return {...next, trials};
		const outcome = next.rate > generatorLimit ? 'unclear' : next.rate <= highest ? 'kept' : 'broken';
		trials.push({rate: next.rate, outcome});
	}
}

describe('the search for the highest rate', () => {
	it.each([3, 40, 99, 100, 101, 777, 12_345])('brackets %i within a tenth', (highest) => {
		const {from, to, trials} = search(highest);
		expect(from).toBeLessThanOrEqual(highest);
		expect(to).toBeGreaterThan(highest);
		const [low, high] = [from as number, to as number];
		expect(high - low <= 1 || (high - low) / high <= 0.1).toBe(true);
		expect(trials.length).toBeLessThanOrEqual(15);
	});

	it('ends where even one a second is too much', () => {
		expect(search(0)).toMatchObject({from: null, to: 1});
	});

	it('ends where this machine cannot go further, and says so', () => {
		expect(search(10_000, TERMS, 500)).toMatchObject({from: 400, to: null, reason: expect.stringContaining('800')});
	});

	it('does not believe a kept rate above one that broke', () => {
		const trials: Trial[] = [
			{rate: 100, outcome: 'kept'},
			{rate: 200, outcome: 'broken'},
			{rate: 150, outcome: 'broken'},
			{rate: 400, outcome: 'kept'},
		];
		expect(nextTrial(trials, TERMS)).toEqual({kind: 'try', rate: 125});
	});

	it('ends after the most trials', () => {
		expect(search(1e9, {...TERMS, mostTrials: 4}).reason).toBe('4 trials were made');
	});
});
