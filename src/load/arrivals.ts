import {makeRandom} from './random.js';

/** When operations are to begin, whatever becomes of those before: that is what makes a load open. */
export type ArrivalPlan = {
	/** Operations a second, of all workers and machines together. */
	readonly rate: number;
	/** The rate rises from nothing to `rate`, in a straight line. */
	readonly rampMs: number;
	/** At the whole rate, before anything counts. */
	readonly warmUpMs: number;
	/** What counts. */
	readonly measureMs: number;
	/** `even`: one every 1/rate; `poisson`: as independent customers come, in bunches and gaps. */
	readonly spread: 'even' | 'poisson';
	readonly seed: number;
};

/** Whose arrivals: each number is exactly one part's, so that the parts of any division make the same whole. */
export type Part = {
	/** From 0. */
	readonly index: number;
	readonly count: number;
};

export type Arrivals = {
	/** Number of the arrival within the whole load. */
	index: number;
	/** Milliseconds after the start. */
	dueMs: number;
	/** Goes to the next of this part; false when there is none. */
	advance(): boolean;
};

/** Milliseconds after the start when what counts begins. */
export function measureStartMs({rampMs, warmUpMs}: ArrivalPlan): number {
	return rampMs + warmUpMs;
}

export function planEndMs(plan: ArrivalPlan): number {
	return measureStartMs(plan) + plan.measureMs;
}

/** The arrivals of one part, by time. One object that changes, so that a long load leaves no garbage. */
export function makeArrivals(plan: ArrivalPlan, part: Part): Arrivals {
	const endMs = planEndMs(plan);
	const random = makeRandom(plan.seed);
	let index = -1;
	let expected = 0;
	return {
		index: -1,
		dueMs: 0,
		advance() {
			do {
				index++;
				// Half a gap first: evenly spread arrivals are as many as the rate says, in any time.
				expected += plan.spread === 'even' ? (index === 0 ? 0.5 : 1) : -Math.log(1 - random.next());
			} while (index % part.count !== part.index);
			this.index = index;
			this.dueMs = momentOf(expected, plan);
			return this.dueMs < endMs;
		},
	};
}

/** When so many arrivals are to be expected: the inverse of the rate's integral. */
function momentOf(expected: number, {rate, rampMs}: ArrivalPlan): number {
	const ofRamp = (rate * rampMs) / 2000;
	return expected < ofRamp
		? Math.sqrt((expected * 2000 * rampMs) / rate)
		: rampMs + ((expected - ofRamp) / rate) * 1000;
}
