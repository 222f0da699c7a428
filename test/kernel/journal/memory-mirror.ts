import {SastaError} from '../../../src/kernel/errors.js';
import type {Mirror} from '../../../src/kernel/journal/mirror.js';

export type MemoryMirror = Mirror & {
	readonly lines: string[];
	/** The next `count` appends fail as a lost connection does. */
	fail(count: number): void;
};

/** A mirror in this process, for one run; it keeps the contract of the one in the state database. */
export function makeMemoryMirror(lines: string[] = []): MemoryMirror {
	let failures = 0;
	return {
		lines,
		fail: (count) => {
			failures = count;
		},
		append: async (_run, seq, line) => {
			if (failures-- > 0) throw new Error('connection lost');
			if (seq > lines.length) throw new Error(`a gap: record ${seq} after ${lines.length}`);
			if (lines[seq] !== undefined && lines[seq] !== line) throw new SastaError('LEASE_LOST', 'another writer');
			lines[seq] = line;
		},
		read: async () => [...lines],
		list: async () => [],
	};
}
