import {it} from 'vitest';
import {chooseSeed, makeRandom, sample} from './sweep.js';

type Test = (name: string, run: () => Promise<void>) => void;

/**
 * An `it` that registers `take` of the `of` tests declared by it, chosen by the seed; all of them in a full run. For tests that
 * each take many seconds of real time.
 */
export function sampledIt(what: string, {take, of}: {take: number; of: number}): Test {
	const all = Array.from({length: of}, (_, index) => index);
	const chosen = new Set(sample(all, take, makeRandom(chooseSeed(what))));
	let index = 0;
	return (name, run) => {
		if (index >= of) throw new Error(`${what}: there are more than ${of} tests`);
		if (chosen.has(index++)) it(name, run);
	};
}
