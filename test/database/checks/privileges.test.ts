import {describe, expect, it} from 'vitest';
import {privilegesOfBuiltin} from '../../../src/database/builtin-roles.js';
import {judgeEnough, judgeExcess, type PrivilegeFacts} from '../../../src/database/checks/privileges.js';
import {isAllowed} from '../../../src/database/grants.js';

function facts(
	privileges: PrivilegeFacts['grants']['privileges'],
	unknownRoles: readonly string[] = [],
): PrivilegeFacts {
	return {
		identity: {user: 'app', roles: [], privileges: undefined},
		grants: {privileges, unknownRoles, source: 'server'},
		database: 'shop',
		collections: ['orders', 'users'],
		stateDatabase: 'sastaops_state',
	};
}

function ofRoles(...roles: readonly string[]): PrivilegeFacts {
	return facts(
		roles.flatMap((text) => {
			const [role = '', db = ''] = text.split('@');
			return privilegesOfBuiltin(role, db) ?? [];
		}),
	);
}

const LEAST = ['orders', 'users'].map((collection) => ({
	resource: {db: 'shop', collection},
	actions: ['find', 'insert', 'update'],
}));

describe('rights', () => {
	it.each([
		['readWrite@shop', 'pass', 'warn'],
		['readWrite@other', 'fail', 'warn'],
		['read@shop', 'fail', 'pass'],
		['dbOwner@shop', 'pass', 'fail'],
		['dbAdmin@shop', 'fail', 'fail'],
		['userAdmin@shop', 'fail', 'fail'],
		['readWriteAnyDatabase@admin', 'pass', 'fail'],
		['readAnyDatabase@admin', 'fail', 'fail'],
		['clusterMonitor@admin', 'fail', 'pass'],
		['clusterAdmin@admin', 'fail', 'fail'],
		['hostManager@admin', 'fail', 'fail'],
		['backup@admin', 'fail', 'fail'],
		['restore@admin', 'fail', 'fail'],
		['root@admin', 'pass', 'fail'],
		['__system@admin', 'pass', 'fail'],
	])('of %s: enough %s, no more %s', (role, enough, excess) => {
		const given = ofRoles(role);
		expect([judgeEnough(given)[0]?.verdict, judgeExcess(given)[0]?.verdict]).toEqual([enough, excess]);
	});

	it('of a role for each collection pass, without a warning', () => {
		expect([...judgeEnough(facts(LEAST)), ...judgeExcess(facts(LEAST))].map(({verdict}) => verdict)).toEqual([
			'pass',
			'pass',
		]);
	});

	it('that lack one collection are told with it', () => {
		expect(judgeEnough(facts(LEAST.slice(1)))).toMatchObject([
			{verdict: 'fail', evidence: ['find: not in orders', 'insert: not in orders', 'update: not in orders']},
		]);
	});

	it('are named action by action, with what they endanger', () => {
		const [finding] = judgeExcess(ofRoles('dbOwner@shop'));
		expect(finding?.evidence).toEqual(
			expect.arrayContaining([
				'dropDatabase on shop: endangers the whole database, in one command',
				expect.stringMatching(/^createUser, grantRole, .* on shop: endangers who may log in/),
			]),
		);
	});

	it('on another database of the server are told with its name', () => {
		const given = facts([...LEAST, {resource: {db: 'ledger', collection: ''}, actions: ['find']}]);
		expect(judgeExcess(given)).toMatchObject([{verdict: 'warn', evidence: ['reaches other databases too: ledger']}]);
	});

	it('of a role that nobody explains are inconclusive, unless the known ones do', () => {
		expect(judgeEnough(facts([], ['shopApp@shop']))).toMatchObject([{verdict: 'inconclusive'}]);
		expect(judgeEnough(facts(LEAST, ['more@shop']))).toMatchObject([{verdict: 'pass'}]);
		expect(judgeExcess(facts(LEAST, ['more@shop']))).toMatchObject([{verdict: 'inconclusive'}]);
	});

	it('are not judged where nobody logs in', () => {
		const nobody = {...facts([]), identity: {user: undefined, roles: [], privileges: undefined}};
		expect([judgeEnough(nobody).map(({verdict}) => verdict), judgeExcess(nobody)]).toEqual([['skip'], []]);
	});
});

describe('an action', () => {
	const grants = (resource: PrivilegeFacts['grants']['privileges'][number]['resource'], action = 'find') => ({
		privileges: [{resource, actions: [action]}],
		unknownRoles: [],
		source: 'server' as const,
	});
	it.each([
		[{db: 'shop', collection: ''}, 'yes'],
		[{db: '', collection: ''}, 'yes'],
		[{db: '', collection: 'orders'}, 'yes'],
		[{anyResource: true}, 'yes'],
		[{db: 'shop', collection: 'orders'}, 'yes'],
		[{db: 'shop', collection: 'users'}, 'no'],
		[{db: 'other', collection: ''}, 'no'],
		[{cluster: true}, 'no'],
	] as const)('granted on %j is allowed on shop.orders: %s', (resource, allowed) => {
		expect(isAllowed(grants(resource), 'find', {db: 'shop', collection: 'orders'})).toBe(allowed);
	});

	it('on one collection is not one on the database', () => {
		expect(isAllowed(grants({db: 'shop', collection: 'orders'}), 'find', {db: 'shop'})).toBe('no');
	});

	it('of all is every one', () => {
		expect(isAllowed(grants({anyResource: true}, 'anyAction'), 'dropDatabase', {db: 'shop'})).toBe('yes');
	});
});
