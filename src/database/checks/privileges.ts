import type {Verdict} from '../../kernel/report.js';
import {makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';
import {type Grants, includesAction, isAllowed} from '../grants.js';
import type {Identity, Privilege} from '../privileges.js';
import {someOf} from '../some-of.js';

export type PrivilegeFacts = {
	readonly identity: Identity;
	readonly grants: Grants;
	readonly database: string;
	/** Those the shop works with. */
	readonly collections: readonly string[];
	readonly stateDatabase: string;
};

/** What a shop does in every collection. */
const NEEDED = ['find', 'insert', 'update'] as const;

/** What only some shops do themselves; told, and not asked for. */
const OFTEN_USED = ['remove', 'createIndex'] as const;

/** What no shop needs while it serves, and what it endangers; the worst first. */
const DANGERS: readonly {
	readonly actions: readonly string[];
	readonly verdict: Extract<Verdict, 'fail' | 'warn'>;
	readonly endangers: string;
}[] = [
	{actions: ['anyAction'], verdict: 'fail', endangers: 'everything there is'},
	{actions: ['dropDatabase'], verdict: 'fail', endangers: 'the whole database, in one command'},
	{
		actions: ['createUser', 'grantRole', 'createRole', 'revokeRole', 'changePassword', 'dropUser', 'dropRole'],
		verdict: 'fail',
		endangers: 'who may log in: an intruder keeps a way in',
	},
	{actions: ['applyOps'], verdict: 'fail', endangers: 'every document, past all other rights'},
	{
		actions: ['shutdown', 'setParameter', 'fsync', 'replSetConfigure', 'replSetStateChange', 'dropConnections'],
		verdict: 'fail',
		endangers: 'the server: it can be stopped or set up otherwise',
	},
	{
		actions: ['killop', 'killAnySession', 'killAnyCursor'],
		verdict: 'warn',
		endangers: 'the work of all others on the server',
	},
	{actions: ['dropCollection', 'convertToCapped'], verdict: 'warn', endangers: 'a whole collection, in one command'},
	{actions: ['dropIndex', 'reIndex', 'compact'], verdict: 'warn', endangers: 'the speed of every query'},
	{actions: ['renameCollectionSameDB'], verdict: 'warn', endangers: 'what the shop finds under a name'},
	{
		actions: ['collMod', 'bypassDocumentValidation'],
		verdict: 'warn',
		endangers: 'the rules that documents are held against',
	},
	{actions: ['enableProfiler'], verdict: 'warn', endangers: 'speed, and what customers type: it is written down'},
];

export const privilegesCheck = makeCheck<PrivilegeFacts>({
	id: 'privileges',
	title: 'The user may do what the shop does, and no more',
	async gather(context) {
		const [identity, grants, collections] = await Promise.all([
			context.identity(),
			context.grants(),
			context.collections(),
		]);
		const {indexes, name, state} = context.config;
		const found = 'value' in collections ? collections.value.map((collection) => collection.name) : [];
		return {
			identity,
			grants,
			database: name,
			collections: [...new Set([...Object.keys(indexes), ...found.filter(isTheShops)])],
			stateDatabase: state.name,
		};
	},
	judge: (facts) => [...judgeEnough(facts), ...judgeExcess(facts)],
});

/** The shop's own collections, without the server's and those of sastaops. */
export function isTheShops(collection: string): boolean {
	return !collection.startsWith('system.') && !collection.startsWith('sastaops_');
}

const PRINT_ROLE = 'sastaops db check --print-role';

/** Whether the user may do what a shop does. A server without access control lets everybody do everything. */
export function judgeEnough({identity, grants, database, collections}: PrivilegeFacts): readonly DatabaseFinding[] {
	if (identity.user === undefined)
		return [{verdict: 'skip', reason: 'nobody is logged in, so nobody is held back: see log-in'}];
	const may = (action: string, collection: string) => isAllowed(grants, action, {db: database, collection});
	const missing = NEEDED.map((action) => ({
		action,
		on: collections.filter((collection) => may(action, collection) === 'no'),
	})).filter(({on}) => on.length > 0);
	if (missing.length > 0) {
		return [
			{
				verdict: 'fail',
				subject: 'enough',
				reason: `the user ${identity.user} may not ${missing.map(({action}) => action).join(', ')}`,
				evidence: missing.map(({action, on}) => `${action}: not in ${someOf(on)}`),
				mend: [PRINT_ROLE],
			},
		];
	}
	const unclear = NEEDED.filter((action) => collections.some((collection) => may(action, collection) === 'unknown'));
	if (unclear.length > 0) {
		return [
			{
				verdict: 'inconclusive',
				subject: 'enough',
				reason: `nobody tells what the roles ${grants.unknownRoles.join(', ')} allow`,
				mend: ['sastaops db check --probe'],
			},
		];
	}
	const without = OFTEN_USED.filter((action) => collections.some((collection) => may(action, collection) !== 'yes'));
	return [
		{
			verdict: 'pass',
			subject: 'enough',
			reason: `${identity.user} may ${NEEDED.join(', ')} in all ${collections.length} collections`,
			evidence: [
				...without.map((action) => `may not ${action} in all of them: another user has to`),
				...(grants.source === 'roles' ? ['put together from its roles: the server itself does not tell'] : []),
			],
		},
	];
}

/** Names what the user may do beyond a shop's needs, action by action, with what each endangers. */
export function judgeExcess(facts: PrivilegeFacts): readonly DatabaseFinding[] {
	const {identity, grants} = facts;
	if (identity.user === undefined) return [];
	const dangers = DANGERS.flatMap(({actions, verdict, endangers}) =>
		groupBy(actions, (action) => placesOf(grants.privileges, action, facts).join(', ')).map(([where, granted]) => ({
			verdict,
			line: `${granted.join(', ')} on ${where}: endangers ${endangers}`,
		})),
	);
	const all = [...breadth(facts), ...dangers];
	const roles = identity.roles.map(({role, db}) => `${role}@${db}`).join(', ');
	if (all.length === 0) {
		return grants.unknownRoles.length > 0
			? [
					{
						verdict: 'inconclusive',
						subject: 'excess',
						reason: `nobody tells what ${grants.unknownRoles.join(', ')} allow`,
					},
				]
			: [{verdict: 'pass', subject: 'excess', reason: `${identity.user} may do nothing beyond that`}];
	}
	return [
		{
			verdict: all.some(({verdict}) => verdict === 'fail') ? 'fail' : 'warn',
			subject: 'excess',
			reason: `${identity.user} may do more than a shop needs${roles === '' ? '' : ` (${roles})`}`,
			evidence: all.map(({line}) => line),
			mend: [PRINT_ROLE],
		},
	];
}

/** Actions with a place, by it; those without one are not granted. */
function groupBy(actions: readonly string[], placeOf: (action: string) => string): [string, string[]][] {
	const groups = new Map<string, string[]>();
	for (const action of actions) {
		const place = placeOf(action);
		if (place !== '') groups.set(place, [...(groups.get(place) ?? []), action]);
	}
	return [...groups];
}

/** Where an action is allowed: the shop's database, every database, the server. Other databases are told by breadth. */
function placesOf(privileges: readonly Privilege[], action: string, {database}: PrivilegeFacts): string[] {
	const places = privileges.filter((privilege) => includesAction(privilege, action)).map(({resource}) => resource);
	return [
		...new Set(
			places.flatMap(({db, collection, cluster, anyResource}) => {
				if (anyResource === true) return ['the whole server'];
				if (cluster === true) return ['the server'];
				if (db === '') return collection === '' || collection === undefined ? ['every database'] : [];
				return db === database ? [collection ? `${database}.${collection}` : database] : [];
			}),
		),
	];
}

function breadth({grants, database, stateDatabase}: PrivilegeFacts) {
	const own = new Set([database, stateDatabase, 'admin', 'config', 'local', undefined]);
	const DATA = ['find', 'insert', 'update', 'remove'];
	const touches = grants.privileges.filter((privilege) => DATA.some((action) => includesAction(privilege, action)));
	const every = touches.filter(
		({resource}) => resource.anyResource === true || (resource.db === '' && !resource.collection),
	);
	const others = [...new Set(touches.map(({resource}) => resource.db))].filter((db) => db !== '' && !own.has(db));
	const writesEvery = every.some((privilege) => DATA.slice(1).some((action) => includesAction(privilege, action)));
	return [
		...(every.length === 0
			? []
			: [
					{
						verdict: 'fail' as const,
						line: `${writesEvery ? 'reads and writes' : 'reads'} every database of the server`,
					},
				]),
		...(others.length === 0
			? []
			: [{verdict: 'warn' as const, line: `reaches other databases too: ${someOf(others.map(String))}`}]),
	];
}
