import type {Privilege} from './privileges.js';

/** A role as `createRole` takes it, or only the built-in ones a user gets. */
export type LeastUser = {
	readonly user: string;
	/** What it is for, in one line. */
	readonly purpose: string;
	/** Made first; undefined where built-in roles do. */
	readonly role: {readonly name: string; readonly privileges: readonly Privilege[]} | undefined;
	readonly builtin: readonly {readonly role: string; readonly db: string}[];
};

export type RoleWishes = {
	readonly database: string;
	readonly stateDatabase: string;
	/** Those the shop works with. */
	readonly collections: readonly string[];
};

/** A database that load tests may make and drop: rights are given by name, so it cannot be a random one. */
const LOAD_DATABASE = 'sastaops_load_test';

/**
 * Four users instead of one: whoever breaks into the shop has the rights of the first, which can lose no collection, no
 * index and no other database. Pure.
 */
export function leastUsers({database, stateDatabase, collections}: RoleWishes): readonly LeastUser[] {
	const word = database.replace(/[^A-Za-z0-9]/g, '_');
	return [
		{
			user: `${word}_app`,
			purpose: 'the shop: reads and writes its documents',
			role: {
				name: `${word}App`,
				privileges: collections.map((collection) => ({
					resource: {db: database, collection},
					actions: ['find', 'insert', 'update', 'remove', 'listIndexes'],
				})),
			},
			builtin: [],
		},
		{
			user: `${word}_release`,
			purpose: 'sastaops: releases, migrations, indexes, backups',
			role: {
				name: `${word}Release`,
				privileges: [{resource: {db: database, collection: ''}, actions: ['collMod']}],
			},
			builtin: [
				{role: 'readWrite', db: database},
				{role: 'readWrite', db: stateDatabase},
			],
		},
		{
			user: `${word}_monitor`,
			purpose: 'watching: counters, running operations, use of indexes; reads no document of the shop',
			role: undefined,
			builtin: [{role: 'clusterMonitor', db: 'admin'}],
		},
		{
			user: `${word}_load`,
			purpose: `load tests, and nothing of the shop: db-load mix --database ${LOAD_DATABASE}`,
			role: {
				name: `${word}Load`,
				privileges: [{resource: {db: LOAD_DATABASE, collection: ''}, actions: ['dropDatabase']}],
			},
			builtin: [{role: 'readWrite', db: LOAD_DATABASE}],
		},
	];
}

/** For mongosh, logged in as somebody who may make users. Passwords are typed, and stand in no history. */
export function mongoshLines(users: readonly LeastUser[]): string[] {
	return [
		"use('admin')",
		...users.flatMap(({user, purpose, role, builtin}) => [
			'',
			`// ${purpose}`,
			...(role === undefined
				? []
				: [
						`db.createRole({role: ${quoted(role.name)}, roles: [], privileges: [`,
						...role.privileges.map(({resource, actions}) => `  ${relaxed({resource, actions})},`),
						']})',
					]),
			`db.createUser({user: ${quoted(user)}, pwd: passwordPrompt(), roles: [`,
			...[...(role === undefined ? [] : [{role: role.name, db: 'admin'}]), ...builtin].map(
				(granted) => `  ${relaxed(granted)},`,
			),
			']})',
		]),
	];
}

/** For the command `atlas`, since Atlas makes no roles by createRole; the password is asked for. */
export function atlasLines(users: readonly LeastUser[]): string[] {
	return users.flatMap(({user, purpose, role, builtin}) => {
		const granted = [
			...(role === undefined ? [] : [`${role.name}@admin`]),
			...builtin.map(({role: name, db}) => `${name}@${db}`),
		];
		return [
			`# ${purpose}`,
			...(role === undefined
				? []
				: [[`atlas customDbRoles create ${role.name}`, ...role.privileges.map(atlasPrivilege)].join(' \\\n  ')]),
			`atlas dbusers create --username ${user} --role ${shellWord(granted.join(','))}`,
			'',
		];
	});
}

function atlasPrivilege({resource: {db = '', collection = ''}, actions}: Privilege): string {
	const place = collection === '' ? db : `${db}.${collection}`;
	return `--privilege ${shellWord(actions.map((action) => `${atlasAction(action)}@${place}`).join(','))}`;
}

/** `listIndexes` is `LIST_INDEXES` there, `collMod` `COLL_MOD`. */
function atlasAction(action: string): string {
	return action.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function quoted(text: string): string {
	return JSON.stringify(text);
}

/** JSON with keys as words, as people write it in mongosh. */
function relaxed(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(relaxed).join(', ')}]`;
	if (typeof value !== 'object' || value === null) return JSON.stringify(value);
	const fields = Object.entries(value).map(([key, item]) => `${key}: ${relaxed(item)}`);
	return `{${fields.join(', ')}}`;
}

/** One word of a shell, whatever it holds. */
function shellWord(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}
