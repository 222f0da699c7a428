import type {Db} from 'mongodb';
import {privilegesOfBuiltin} from './builtin-roles.js';
import type {GrantedRole, Identity, Privilege} from './privileges.js';
import {askIfAllowed} from './refused.js';

/** What a user may do, as far as anybody tells. */
export type Grants = {
	readonly privileges: readonly Privilege[];
	/** Roles of one's own whose actions the server does not tell this user, as `role@db`. */
	readonly unknownRoles: readonly string[];
	/** Told by the server itself, or put together from the user's roles. */
	readonly source: 'server' | 'roles';
};

export type Allowed = 'yes' | 'no' | 'unknown';

/** What the user may do: as the server tells; else by its roles, of which those of one's own are asked for. */
export async function readGrants(db: Db, identity: Identity): Promise<Grants> {
	const {privileges, roles} = identity;
	if (privileges !== undefined) return {privileges, unknownRoles: [], source: 'server'};
	const known = await Promise.all(
		roles.map(async (role) => ({role, granted: privilegesOfBuiltin(role.role, role.db) ?? (await readRole(db, role))})),
	);
	return {
		privileges: known.flatMap(({granted}) => granted ?? []),
		unknownRoles: known.filter(({granted}) => granted === undefined).map(({role}) => `${role.role}@${role.db}`),
		source: 'roles',
	};
}

/** The privileges of a role of one's own, those of what it inherits among them; undefined where they are not told. */
async function readRole(db: Db, {role, db: on}: GrantedRole): Promise<readonly Privilege[] | undefined> {
	const answer = await askIfAllowed(
		() =>
			db.client.db(on).command({rolesInfo: {role, db: on}, showPrivileges: true}) as Promise<{
				roles?: {privileges?: Privilege[]; inheritedPrivileges?: Privilege[]; inheritedRoles?: GrantedRole[]}[];
			}>,
	);
	const told = 'value' in answer ? answer.value.roles?.[0] : undefined;
	if (told === undefined) return undefined;
	if (told.inheritedPrivileges !== undefined) return told.inheritedPrivileges;
	if (told.privileges === undefined) return undefined;
	const inherited = (told.inheritedRoles ?? []).map((other) => privilegesOfBuiltin(other.role, other.db));
	return inherited.includes(undefined)
		? undefined
		: [...told.privileges, ...inherited.flatMap((privileges) => privileges ?? [])];
}

/** Whether an action is allowed on a collection, or on a whole database where none is named. Pure. */
export function isAllowed(grants: Grants, action: string, on: {db: string; collection?: string}): Allowed {
	if (grants.privileges.some((privilege) => covers(privilege.resource, on) && includesAction(privilege, action)))
		return 'yes';
	return grants.unknownRoles.length > 0 ? 'unknown' : 'no';
}

export function includesAction({actions}: Privilege, action: string): boolean {
	return actions.includes(action) || actions.includes('anyAction');
}

/** Whether a privilege on `resource` holds for the collection; one on a single collection holds for no whole database. */
function covers(resource: Privilege['resource'], {db, collection}: {db: string; collection?: string}): boolean {
	if (resource.anyResource === true) return true;
	if (resource.cluster === true) return false;
	const isDatabase = resource.db === db || resource.db === '';
	const isWhole = resource.collection === '' || resource.collection === undefined;
	return isDatabase && (isWhole || (collection !== undefined && resource.collection === collection));
}
