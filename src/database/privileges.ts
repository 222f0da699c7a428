import type {Db} from 'mongodb';

export type GrantedRole = {readonly role: string; readonly db: string};

/** Who the connection is, as the server tells. */
export type Identity = {
	/** Undefined when the server asks for no password. */
	readonly user: string | undefined;
	readonly roles: readonly GrantedRole[];
	/** Actions by resource; undefined where the server does not tell, and roles must do. */
	readonly privileges: readonly Privilege[] | undefined;
};

export type Privilege = {
	readonly resource: {
		readonly db?: string;
		readonly collection?: string;
		readonly anyResource?: boolean;
		readonly cluster?: boolean;
	};
	readonly actions: readonly string[];
};

/** Asks the server who we are and what we may do. */
export async function readIdentity(db: Db): Promise<Identity> {
	const {authInfo} = (await db.command({connectionStatus: 1, showPrivileges: true})) as {
		authInfo: {
			authenticatedUsers?: {user: string}[];
			authenticatedUserRoles?: GrantedRole[];
			authenticatedUserPrivileges?: Privilege[];
		};
	};
	const privileges = authInfo.authenticatedUserPrivileges ?? [];
	return {
		user: authInfo.authenticatedUsers?.[0]?.user,
		roles: authInfo.authenticatedUserRoles ?? [],
		privileges: privileges.length > 0 ? privileges : undefined,
	};
}

/** Built-in roles that read and write every collection of one database (MongoDB manual, "Built-In Roles"). */
const WRITING_ROLES = new Set(['readWrite', 'dbOwner', 'root', 'readWriteAnyDatabase', 'restore', '__system']);

/** Built-in roles that reach past one database, or past its data. */
const ADMINISTRATIVE_ROLES = new Set([
	'root',
	'__system',
	'dbOwner',
	'userAdmin',
	'userAdminAnyDatabase',
	'dbAdminAnyDatabase',
	'readWriteAnyDatabase',
	'clusterAdmin',
	'clusterManager',
	'hostManager',
	'restore',
]);

const GLOBAL_ROLES = new Set(['root', '__system', 'readWriteAnyDatabase', 'restore']);

/** What a writer of a database must be allowed to do there. */
const NEEDED_ACTIONS = ['find', 'insert', 'update', 'remove', 'createIndex', 'createCollection'];

export type Rights = {
	/** `unknown`: a role of the shop's own, whose actions the server does not tell. */
	readonly canWrite: 'yes' | 'no' | 'unknown';
	/** Roles stronger than reading and writing, as `role@db`. */
	readonly excessive: readonly string[];
};

/** What a shop does in each of its collections, when a role names them one by one. */
const NEEDED_IN_EACH = ['find', 'insert', 'update'];

/**
 * Judges what an identity may do to one database: everything a writer does, or at least the work in these `collections`.
 * A server without access control lets everybody do everything.
 */
export function judgeRights(
	{user, roles, privileges}: Identity,
	database: string,
	collections: readonly string[] = [],
): Rights {
	if (user === undefined) return {canWrite: 'yes', excessive: []};
	const excessive = roles.filter(({role}) => ADMINISTRATIVE_ROLES.has(role)).map(({role, db}) => `${role}@${db}`);
	if (privileges) {
		const actions = new Set(
			privileges.filter(({resource}) => covers(resource, database)).flatMap((privilege) => privilege.actions),
		);
		const isWriter = NEEDED_ACTIONS.every((action) => actions.has(action));
		return {canWrite: isWriter || mayWorkIn(collections, privileges, database) ? 'yes' : 'no', excessive};
	}
	if (roles.some(({role, db}) => WRITING_ROLES.has(role) && (db === database || GLOBAL_ROLES.has(role))))
		return {canWrite: 'yes', excessive};
	const known = new Set([
		'read',
		'readAnyDatabase',
		'dbAdmin',
		'clusterMonitor',
		'backup',
		'enableSharding',
		...WRITING_ROLES,
		...ADMINISTRATIVE_ROLES,
	]);
	return {canWrite: roles.every(({role}) => known.has(role)) ? 'no' : 'unknown', excessive};
}

function mayWorkIn(collections: readonly string[], privileges: readonly Privilege[], database: string): boolean {
	const may = (action: string, collection: string) =>
		privileges.some(
			({resource, actions}) =>
				actions.includes(action) &&
				(covers(resource, database) || (resource.db === database && resource.collection === collection)),
		);
	return (
		collections.length > 0 &&
		collections.every((collection) => NEEDED_IN_EACH.every((action) => may(action, collection)))
	);
}

function covers({db, collection, anyResource}: Privilege['resource'], database: string): boolean {
	return anyResource === true || ((db === database || db === '') && (collection === '' || collection === undefined));
}

/**
 * Whether collections may be renamed inside a database, which readWrite allows (MongoDB manual, "Built-In Roles").
 * `unknown`: the server does not tell.
 */
export function judgeRename({user, roles, privileges}: Identity, database: string): 'yes' | 'no' | 'unknown' {
	if (user === undefined) return 'yes';
	if (privileges) {
		const granted = privileges.filter(({resource}) => covers(resource, database));
		return granted.some(({actions}) => actions.includes('renameCollectionSameDB')) ? 'yes' : 'no';
	}
	const isWriter = roles.some(({role, db}) => WRITING_ROLES.has(role) && (db === database || GLOBAL_ROLES.has(role)));
	return isWriter ? 'yes' : 'unknown';
}
