/** Numbers that repeat for the same seed: `SASTAOPS_TEST_SEED`, else one of the clock, to be printed by whoever fails. */
export function makeRandom(): {readonly seed: number; below(limit: number): number} {
	const seed = Number(process.env['SASTAOPS_TEST_SEED'] ?? Date.now() % 2 ** 31);
	let state = seed;
	return {
		seed,
		below(limit) {
			// mulberry32
			state = (state + 0x6d2b79f5) | 0;
			let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
			mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
			return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
		},
	};
}
