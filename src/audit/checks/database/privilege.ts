import {type Identity, judgeRights, readIdentity} from '../../../database/privileges.js';
import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';
import type {Finding} from '../../verdict.js';

type Facts = {
	readonly identity: Identity;
	readonly database: string;
	/** Those a role of the shop's own may name one by one. */
	readonly collections?: readonly string[];
};

export const dbPrivilege = makeCheck<Facts>({
	...DATABASE_CHECK,
	id: 'db.privilege',
	title: 'The user may read and write the shop’s database, and nothing more',
	severity: 'high',
	why: 'What the user may do, whoever breaks into the shop may do: with an administrator’s rights also to all other databases.',
	fix: 'grant readWrite on the shop’s database, and revoke the rest',
	references: ['MongoDB manual, Built-In Roles'],
	async gather(context) {
		const {db, config} = await openDatabase(context);
		return {identity: await readIdentity(db), database: config.name, collections: Object.keys(config.indexes)};
	},
	judge: judgePrivilege,
});

export function judgePrivilege({identity, database, collections = []}: Facts): Finding {
	if (identity.user === undefined)
		return {verdict: 'skip', reason: 'nobody is logged in: db.auth tells whether that is possible'};
	const {canWrite, excessive} = judgeRights(identity, database, collections);
	const evidence = identity.roles.map(({role, db}) => `${role}@${db}`);
	if (excessive.length > 0)
		return {verdict: 'fail', reason: `the user is too strong: ${excessive.join(', ')}`, evidence};
	if (canWrite === 'no')
		return {
			verdict: 'fail',
			reason: 'the user may not write the shop’s database',
			evidence,
			fix: 'grant readWrite on the shop’s database',
		};
	if (canWrite === 'unknown')
		return {verdict: 'inconclusive', reason: 'the server does not tell what the user’s own roles allow', evidence};
	return {verdict: 'pass', reason: 'the user may read and write, and nothing more', evidence};
}
