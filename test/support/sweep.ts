import {randomInt} from 'node:crypto';

/** Numbers from a seed: the same seed gives the same sample. Mulberry32, good enough for choosing tests. */
export function makeRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** `SASTAOPS_TEST_SEED`, or a fresh one, which is printed so that a failure can be had again. */
export function chooseSeed(what: string): number {
	const seed = Number(process.env['SASTAOPS_TEST_SEED'] ?? randomInt(2 ** 31));
	process.stderr.write(`${what}: SASTAOPS_TEST_SEED=${seed}\n`);
	return seed;
}

/** True under `npm run test:full`: every case instead of a sample. */
export const IS_FULL = process.env['SASTAOPS_TEST_FULL'] === '1';

/** `count` of them, chosen by the seed, in their order; in a full run `full` of them. @param full default: all */
export function sample<T>(items: readonly T[], count: number, random: () => number, full = items.length): T[] {
	const wanted = IS_FULL ? full : count;
	if (items.length <= wanted) return [...items];
	const chosen = new Set(
		items
			.map((_, index) => ({index, key: random()}))
			.sort((a, b) => a.key - b.key)
			.slice(0, wanted)
			.map(({index}) => index),
	);
	return items.filter((_, index) => chosen.has(index));
}

/** Runs `work` on every item, `width` at a time; rejects with the first failure after all under way have ended. */
export async function inParallel<T>(
	items: readonly T[],
	width: number,
	work: (item: T) => Promise<void>,
): Promise<void> {
	const queue = [...items];
	const lanes = Array.from({length: width}, async () => {
		for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
	});
	const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
	if (failed) throw failed.reason;
}
