import {makeGate} from '../guard/gate.js';
import {hashPassword, isPassword, isPasswordHash, type PasswordCost} from './password.js';

export type Hasher = {
	hash(password: string): Promise<string>;
	/** Takes the same time for an account that is not there (give undefined for its hash), or that nobody can log in to. */
	isRight(password: string, hash: string | undefined): Promise<boolean>;
};

/** Half of Node's worker threads, so that the other half goes on with files and names; 64 MiB at most. */
const AT_ONCE = 2;
/** At a tenth of a second each nobody waits much longer than three seconds. */
const WAITING = 50;

/**
 * Hashes passwords a few at a time: each takes 32 MiB, and a crowd that logs in must not take all there is.
 * @param unknown a password nobody has; its hash stands in for the one of an account that is not there
 * @param cost of a new hash, and of the stand-in. @default PASSWORD_COST
 * @throws HttpError 503 BUSY
 */
export function openHasher(unknown: string, cost?: PasswordCost): Hasher {
	const gate = makeGate({width: AT_ONCE, queue: WAITING});
	const standIn = hashPassword(unknown, cost);
	return {
		hash: (password) => gate.run(() => hashPassword(password, cost)),
		async isRight(password, hash) {
			const isUsable = hash !== undefined && isPasswordHash(hash);
			const known = isUsable ? hash : await standIn;
			const isSame = await gate.run(() => isPassword(password, known));
			return isSame && isUsable;
		},
	};
}
