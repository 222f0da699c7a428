import {hasTls, hostsOf, isLocal, trustsAnybody} from '../address.js';
import {makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';
import {type Anonymous, tryWithoutLogIn} from '../log-in.js';

export type LogInFacts = {
	readonly anonymous: Anonymous;
	readonly isEncrypted: boolean;
	/** The address lets any certificate pass. */
	readonly trustsAnybody: boolean;
	readonly isOnThisMachine: boolean;
};

export const logInCheck = makeCheck<LogInFacts>({
	id: 'log-in',
	title: 'Nobody gets in without a log-in, and nobody listens',
	gather: async ({uri, host}) => ({
		anonymous: await tryWithoutLogIn(uri, host),
		isEncrypted: hasTls(uri),
		trustsAnybody: trustsAnybody(uri),
		isOnThisMachine: hostsOf(uri).every(isLocal),
	}),
	judge: (facts) => [judgeLogIn(facts), judgeTls(facts)],
});

export function judgeLogIn({anonymous, isOnThisMachine}: LogInFacts): DatabaseFinding {
	const subject = 'password';
	if (anonymous === 'refused') return {verdict: 'pass', subject, reason: 'it asks for a log-in'};
	if (anonymous !== 'open') {
		const reason = `whether it asks for a log-in could not be tried: ${anonymous.unclear}`;
		return {verdict: 'inconclusive', subject, reason};
	}
	return {
		// Who reaches it is on the machine already.
		verdict: isOnThisMachine ? 'warn' : 'fail',
		subject,
		reason: 'it asks for no log-in: whoever reaches it may do everything',
		mend: ['Start it with security.authorization: enabled, and make users', 'sastaops db check --print-role'],
	};
}

export function judgeTls({isEncrypted, trustsAnybody: isBlind, isOnThisMachine}: LogInFacts): DatabaseFinding {
	const subject = 'TLS';
	if (isEncrypted && !isBlind) return {verdict: 'pass', subject, reason: 'the connection is encrypted'};
	if (isOnThisMachine) return {verdict: 'pass', subject, reason: 'nothing leaves this machine'};
	return isEncrypted
		? {
				verdict: 'fail',
				subject,
				reason: 'the address lets any certificate pass: whoever is in between can read and change everything',
				mend: ['Take tlsInsecure and tlsAllowInvalid… out of it; tlsCAFile names a root of your own'],
			}
		: {
				verdict: 'fail',
				subject,
				reason: 'the connection is not encrypted, and the database is on another machine',
				mend: ['Serve TLS, and write tls=true into the address'],
			};
}
