import {it} from 'vitest';
import {chooseSeed, makeRandom, sample} from './sweep.js';

type Test = (name: string, run: () => Promise<void>) => void;

/**
 * An `it` that runs `take` of the `of` tests declared by it, chosen by the seed, and skips the rest; all of them run in a full
 * run. For tests that
 * each take many seconds of real time.
 */
export function sampledIt(what: string, {take, of}: {take: number; of: number}): Test {
	const all = Array.from({length: of}, (_, index) => index);
	const chosen = new Set(sample(all, take, makeRandom(chooseSeed(what))));
	let index = 0;
	return (name, run) => {
		if (index >= of) throw new Error(`${what}: there are more than ${of} tests`);
		// Skipped by name: a group without any test is an error to the runner.
		if (chosen.has(index++)) it(name, run);
		else it.skip(name, run);
	};
}
