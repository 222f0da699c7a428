import {describe, expect, it} from 'vitest';
import {type Bounds, openEvidence} from '../../src/stats/evidence.js';
import {logLikelihood, type Stratum} from '../../src/stats/odds-likelihood.js';
import {makeRandom} from '../support/random.js';

const stratum = (nc: number, ns: number, ec: number, es: number): Stratum => ({
	canary: {trials: nc, events: ec},
	stable: {trials: ns, events: es},
});
const PUBLISHED = [
	stratum(100, 1900, 3, 10),
	stratum(120, 1800, 2, 7),
	stratum(90, 2000, 0, 11),
	stratum(500, 1500, 9, 8),
];
const strict: Bounds = {tolerated: 0, acceptable: Math.log(2)};

function evidenceOf(strata: readonly Stratum[], bounds: Bounds = strict) {
	const evidence = openEvidence();
	for (const one of strata) evidence.add(one, bounds);
	return evidence;
}

describe('evidence', () => {
	it('is none before anything was counted', () => {
		const evidence = openEvidence({restarts: 4});
		expect(evidence.worse()).toBe(1);
		expect(evidence.fine()).toBe(1);
		expect(evidence.range(0.05).low).toBeCloseTo(1 / 50);
		expect(evidence.range(0.05).high).toBeCloseTo(50);
	});

	it('keeps the confidence sequence of the published example', () => {
		const {low, high} = evidenceOf(PUBLISHED).range(0.05);
		expect(low).toBeCloseTo(1.102743, 5);
		expect(high).toBeCloseTo(9.48217, 4);
	});

	it('finds the published example worse than its control, by an amount like the published one', () => {
		// 48.0 by an even grid of other points; the mixture is ours.
		expect(evidenceOf(PUBLISHED).worse()).toBeGreaterThan(30);
		expect(evidenceOf(PUBLISHED).worse()).toBeLessThan(90);
	});

	it('is lessened by dispersion as by so many times fewer counts', () => {
		const [once, thrice] = [openEvidence(), openEvidence()];
		once.add(stratum(100, 900, 12, 9), strict);
		for (let i = 0; i < 3; i++) thrice.add(stratum(100, 900, 12, 9), strict, 3);
		expect(thrice.worse()).toBeCloseTo(once.worse(), 6);
	});

	it('finds a late regression by its later beginnings, which a long healthy time hides otherwise', () => {
		const [plain, renewed] = [openEvidence(), openEvidence({restarts: 10})];
		for (let minute = 0; minute < 60; minute++) {
			if (minute > 0 && minute % 5 === 0) renewed.startAnew();
			const isLeaking = minute >= 50;
			const counts = stratum(300, 300, isLeaking ? 6 : 1, isLeaking ? 2 : 3);
			plain.add(counts, strict);
			renewed.add(counts, strict);
		}
		expect(plain.worse()).toBeLessThan(1);
		expect(renewed.worse()).toBeGreaterThan(100);
	});

	it.each([0, 0.4, 1.1])('has an expectation of exactly one at a bound of %f, and of less within it', (tolerated) => {
		const [nc, ns, events] = [12, 40, 9];
		const expectation = (truth: number, of: 'worse' | 'fine') => {
			let sum = 0;
			for (let k = 0; k <= events; k++) {
				const counts = stratum(nc, ns, k, events - k);
				const evidence = evidenceOf([counts], {tolerated, acceptable: tolerated});
				sum += Math.exp(logLikelihood(counts, truth)) * evidence[of]();
			}
			return sum;
		};
		expect(expectation(tolerated, 'worse')).toBeCloseTo(1, 9);
		expect(expectation(tolerated - 0.3, 'worse')).toBeLessThan(0.95);
		expect(expectation(tolerated, 'fine')).toBeCloseTo(1, 9);
		expect(expectation(tolerated + 0.3, 'fine')).toBeLessThan(0.95);
	});

	it('stays valid for a bound that moves, chosen from what was seen before', () => {
		const random = makeRandom(11);
		let alarms = 0;
		const runs = 1000;
		for (let run = 0; run < runs; run++) {
			const evidence = openEvidence({restarts: 4});
			let seen = 1;
			let worst = 1;
			for (let t = 0; t < 60; t++) {
				// The stricter the more was seen: the bound falls to nothing.
				const tolerated = Math.log(1 + 1 / seen);
				const events = random.binomial(190, 0.02);
				evidence.add(stratum(10, 190, random.binomial(10, 0.02), events), {tolerated, acceptable: 1});
				seen += events;
				if (t % 12 === 0) evidence.startAnew();
				worst = Math.max(worst, evidence.worse());
			}
			if (worst >= 20) alarms++;
		}
		expect(alarms / runs).toBeLessThanOrEqual(0.05);
	});

	it('proves a canary fine that is, and not one beyond what is acceptable', () => {
		const healthy = evidenceOf(Array.from({length: 40}, () => stratum(500, 500, 5, 5)));
		expect(healthy.fine()).toBeGreaterThan(100);
		const bad = evidenceOf(Array.from({length: 40}, () => stratum(500, 500, 12, 5)));
		expect(bad.fine()).toBeLessThan(1);
	});
});
