import {makeRandom, seedOf} from '../random.js';
import type {Operation} from './workload.js';

/** Which operation an arrival is, by the weights; the same for the same seed, whoever runs it. */
export function makeChoice(operations: readonly Pick<Operation, 'weight'>[], seed: number): (index: number) => number {
	const total = operations.reduce((sum, {weight}) => sum + weight, 0);
	let sum = 0;
	const upTo = operations.map(({weight}) => {
		sum += weight / total;
		return sum;
	});
	return (index) => {
		const at = makeRandom(seedOf(seed ^ 0x6c6f6164, index)).next();
		const chosen = upTo.findIndex((limit) => at < limit);
		return chosen === -1 ? operations.length - 1 : chosen;
	};
}
