import {SastaError} from '../../../src/kernel/errors.js';
import {EXIT} from '../../../src/kernel/exit-codes.js';
import type {Lease} from '../../../src/kernel/lease.js';

export type TestLease = Pick<Lease, 'token' | 'assertHeld'> & {
	/** From now on it belongs to somebody else. */
	lose(): void;
	/** How often it was asked. */
	readonly checks: number;
};

/** A lease in this process's memory, to lose at will. */
export function makeTestLease(token = 1): TestLease {
	let isLost = false;
	let checks = 0;
	return {
		token,
		get checks() {
			return checks;
		},
		lose() {
			isLost = true;
		},
		async assertHeld() {
			checks++;
			if (isLost) throw new SastaError('LEASE_LOST', 'lost', {exitCode: EXIT.stopped});
		},
	};
}
