/** Numbers that look random and are the same for the same seed, on every machine. Not for secrets. */
export type Random = {
	/** 0 up to, but not, 1. */
	next(): number;
	/** A whole number from 0 up to, but not, `below`. */
	below(below: number): number;
};

/** SplitMix32: a counter, mixed by MurmurHash3's finaliser; 2^32 numbers before it repeats. */
export function makeRandom(seed: number): Random {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x9e3779b9) >>> 0;
		return mix(state) / 0x1_0000_0000;
	};
	return {next, below: (below) => Math.floor(next() * below)};
}

/** A seed of its own for the thing of this number, which does not depend on how many there are or who asks. */
export function seedOf(seed: number, index: number): number {
	return mix((mix(seed >>> 0) + Math.imul(index, 0x9e3779b9)) >>> 0);
}

function mix(value: number): number {
	let mixed = value;
	mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return (mixed ^ (mixed >>> 16)) >>> 0;
}
