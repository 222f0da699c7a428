import {hasTls, hostsOf, isLocal} from '../../../database/address.js';
import {type Anonymous, tryWithoutLogIn} from '../../../database/log-in.js';
import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';
import type {Finding} from '../../verdict.js';

type Facts = {
	readonly anonymous: Anonymous;
	readonly hasTls: boolean;
	readonly isLocal: boolean;
};

export const dbAuth = makeCheck<Facts>({
	...DATABASE_CHECK,
	id: 'db.auth',
	title: 'The database answers nobody without a log-in, and over TLS',
	severity: 'critical',
	why: 'Databases without a log-in are found by robots in hours, copied, and deleted for a ransom.',
	fix: 'start the server with authorization: enabled, and make a user for the shop',
	references: ['MongoDB manual, security checklist'],
	async gather(context) {
		const {uri} = await openDatabase(context);
		const anonymous = await tryWithoutLogIn(uri, context.host);
		return {anonymous, hasTls: hasTls(uri), isLocal: hostsOf(uri).every(isLocal)};
	},
	judge: judgeAuth,
});

export function judgeAuth({anonymous, hasTls: isEncrypted, isLocal: isOnThisMachine}: Facts): readonly Finding[] {
	const findings: Finding[] = [];
	if (anonymous === 'open') {
		findings.push({
			verdict: 'fail',
			subject: 'log-in',
			reason: 'the list of databases comes without a log-in',
			// Who reaches it is on the machine already.
			...(isOnThisMachine ? {severity: 'medium'} : {}),
		});
	} else if (anonymous !== 'refused') {
		findings.push({
			verdict: 'inconclusive',
			subject: 'log-in',
			reason: `whether it asks for a log-in could not be tried: ${anonymous.unclear}`,
		});
	}
	if (!isEncrypted && !isOnThisMachine) {
		findings.push({
			verdict: 'fail',
			subject: 'TLS',
			severity: 'high',
			reason: 'the connection is not encrypted, and the database is on another machine',
			fix: 'serve TLS, and write tls=true into the address',
		});
	}
	return findings.length > 0
		? findings
		: [
				{
					verdict: 'pass',
					reason: isOnThisMachine ? 'it asks for a log-in, on this machine' : 'it asks for a log-in, over TLS',
				},
			];
}
