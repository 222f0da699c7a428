/** Of a session's name so many characters at its end count: beginnings are often the same for all. */
export const COUNTED_CHARACTERS = 40;

/** A prime: places are 0 to one less. */
export const PLACES = 2 ** 31 - 1;

/** Those a cookie may have. Others count as if they stood before the first. */
export const CHARACTERS = Array.from({length: 95}, (_, index) => String.fromCharCode(32 + index)).join('');

/** Powers of a number that yields all places in turn: https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
export const FACTORS: readonly number[] = makeFactors();

/** Keeps the sum positive, whatever the characters. */
export const BASE = 64 * PLACES;

/**
 * Whether the place of a key is below `limit`, in the expression language of Caddy's matchers: it has no hash, and no
 * variables but those of `exists`. A key that is no text (not set in the configuration) is not below, where it would
 * otherwise make each request fail.
 */
export function placeBelow(key: string, limit: number): string {
	const characters = CHARACTERS.replaceAll(/[\\"]/g, '\\$&');
	const sum = FACTORS.map((factor, index) => `a.indexOf(s.charAt(${index})) * ${factor}`).join(' + ');
	const padded = `"${' '.repeat(COUNTED_CHARACTERS)}" + k`;
	return `[${key}].exists(k, type(k) == string && [${padded}].exists(p, [p.substring(size(p) - ${COUNTED_CHARACTERS})].exists(s, ["${characters}"].exists(a, (${BASE} + ${sum}) % ${PLACES} < ${limit}))))`;
}

function makeFactors(): number[] {
	const factors: number[] = [];
	let factor = 654_435_761n;
	for (let index = 0; index < COUNTED_CHARACTERS; index++) {
		factors.push(Number(factor));
		factor = (factor * 48_271n) % BigInt(PLACES);
	}
	return factors;
}
