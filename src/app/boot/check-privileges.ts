import type {Db} from 'mongodb';
import {judgeRights, readIdentity} from '../../database/privileges.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {SHOP_COLLECTIONS} from './indexes.js';

export type PrivilegeWarning = {
	readonly message: string;
	/** Roles stronger than a shop needs, as `role@db`; empty where the server does not tell. */
	readonly excessive: readonly string[];
};

/**
 * Whether the shop's user may read, write and make indexes in its database. Too little stops the shop before a customer
 * finds out; too much is a warning, since it serves as well, until somebody else serves himself.
 * @throws SastaError PRIVILEGES_MISSING
 */
export async function checkPrivileges(db: Db): Promise<PrivilegeWarning[]> {
	const identity = await readIdentity(db);
	const {canWrite, excessive} = judgeRights(identity, db.databaseName, SHOP_COLLECTIONS);
	const roles = identity.roles.map(({role, db: on}) => `${role}@${on}`).join(', ') || 'none';
	if (canWrite === 'no') {
		throw new SastaError('PRIVILEGES_MISSING', `The user ${identity.user} may not read and write ${db.databaseName}`, {
			exitCode: EXIT.refused,
			details: [`its roles: ${roles}`],
			hint: `Grant it readWrite on ${db.databaseName}`,
		});
	}
	return [
		...(excessive.length > 0
			? [{message: `The user ${identity.user} may do more than a shop needs: ${excessive.join(', ')}`, excessive}]
			: []),
		...(canWrite === 'unknown'
			? [{message: `What the user ${identity.user} may do is not known; its roles: ${roles}`, excessive: []}]
			: []),
	];
}
