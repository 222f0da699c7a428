import {createXXHash128} from 'hash-wasm';

/**
 * Hash of a collection's documents in any order: the sum, modulo 2^128, of the XXH128 of each raw document. Restored
 * documents come in another order than dumped ones; the sum is the same.
 */
export type ContentSum = {
	add(document: Uint8Array): void;
	/** 32 hex digits; of no documents, zeros. */
	digest(): string;
};

/** Lanes are exact in a double up to 2^53; after this many additions of 32 bits each the carries are moved on. */
const ADDITIONS_PER_CARRY = 2 ** 20;

/** Loads the hash; each call of the result begins a sum of its own. */
export async function openContentSums(): Promise<() => ContentSum> {
	const hasher = await createXXHash128();
	return () => {
		// Four lanes of 32 bits, the least significant first: much cheaper than BigInt for each document.
		let a = 0;
		let b = 0;
		let c = 0;
		let d = 0;
		let additions = 0;

		function carry(): void {
			b += Math.floor(a / 2 ** 32);
			c += Math.floor(b / 2 ** 32);
			d += Math.floor(c / 2 ** 32);
			a %= 2 ** 32;
			b %= 2 ** 32;
			c %= 2 ** 32;
			d %= 2 ** 32;
			additions = 0;
		}

		return {
			add(document) {
				hasher.init();
				hasher.update(document);
				const hash = hasher.digest('binary');
				a += word(hash, 12);
				b += word(hash, 8);
				c += word(hash, 4);
				d += word(hash, 0);
				if (++additions === ADDITIONS_PER_CARRY) carry();
			},
			digest() {
				carry();
				return [d, c, b, a].map((lane) => lane.toString(16).padStart(8, '0')).join('');
			},
		};
	};
}

function word(bytes: Uint8Array, at: number): number {
	return (
		(((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
	);
}
