import {hostsOf, isLocal} from '../../../database/address.js';
import {errorCode, isSastaError} from '../../../kernel/errors.js';
import {openMongo} from '../../../ports/mongo.js';
import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';
import type {Finding} from '../../verdict.js';

type Facts = {
	/** Whether the list of databases comes without a log-in; `refused` is what should be. */
	readonly anonymous: 'open' | 'refused' | {readonly unclear: string};
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
		const isSrv = uri.startsWith('mongodb+srv:');
		const hasTls = /[?&](?:tls|ssl)=true/i.test(uri) || (isSrv && !/[?&](?:tls|ssl)=false/i.test(uri));
		return {anonymous: await tryWithoutLogIn(uri, context.host), hasTls, isLocal: hostsOf(uri).every(isLocal)};
	},
	judge: judgeAuth,
});

export function judgeAuth({anonymous, hasTls, isLocal: isOnThisMachine}: Facts): readonly Finding[] {
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
	if (!hasTls && !isOnThisMachine) {
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

async function tryWithoutLogIn(uri: string, host: Parameters<typeof openMongo>[1]): Promise<Facts['anonymous']> {
	// `mongodb+srv` would add the options of its TXT record, authSource among them: no more than a database's name.
	const bare = uri
		.replace(/^(mongodb(?:\+srv)?:\/\/)[^/]*@/, '$1')
		.replace(/([?&])auth(?:Source|Mechanism|MechanismProperties)=[^&]*/gi, '$1');
	try {
		const mongo = await openMongo(bare, host, {maxPoolSize: 1});
		try {
			await mongo.db('admin').command({listDatabases: 1, nameOnly: true, authorizedDatabases: false});
			return 'open';
		} catch (error) {
			const code = errorCode(error);
			// Unauthorized, AuthenticationFailed, and Atlas's own.
			return code === 13 || code === 18 || code === 8000
				? 'refused'
				: {unclear: error instanceof Error ? error.message : String(error)};
		} finally {
			await mongo.close();
		}
	} catch (error) {
		if (isSastaError(error, 'DATABASE_AUTH')) return 'refused';
		return {unclear: error instanceof Error ? error.message : String(error)};
	}
}
