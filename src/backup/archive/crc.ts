import {createCRC64} from 'hash-wasm';

/** CRC-64/XZ (reflected polynomial C96C5795D7870F42), which the archive keeps per namespace. */
export type Crc64 = {
	update(bytes: Uint8Array): void;
	/** Of all bytes since the start; may be asked once. */
	digest(): bigint;
};

/** Opens the calculator; each `start` begins a sum. Sums may be interleaved: one is in the machine, the others put aside. */
export async function openCrc64(): Promise<{start(): Crc64}> {
	const hasher = await createCRC64();
	let current: symbol | undefined;
	const aside = new Map<symbol, Uint8Array>();

	function select(sum: symbol): void {
		if (current === sum) return;
		if (current !== undefined) aside.set(current, hasher.save());
		const saved = aside.get(sum);
		if (saved === undefined) hasher.init();
		else hasher.load(saved);
		aside.delete(sum);
		current = sum;
	}

	return {
		start() {
			const sum = Symbol('crc');
			return {
				update(bytes) {
					select(sum);
					hasher.update(bytes);
				},
				digest() {
					select(sum);
					current = undefined;
					return BigInt(`0x${hasher.digest('hex')}`);
				},
			};
		},
	};
}
