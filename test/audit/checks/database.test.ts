import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {judgeAuth} from '../../../src/audit/checks/database/auth.js';
import {judgePrivilege} from '../../../src/audit/checks/database/privilege.js';
import {judgeConnections} from '../../../src/database/connections.js';
import {temporaryFolder} from '../../support/folder.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';
import {auditFolder, subjectsOf, toldBy, writeFiles} from '../audit-folder.js';

let database: FreshDatabase;
beforeAll(async () => {
	database = await freshDatabase();
	const db = database.mongo.db(database.name);
	await db.collection('users').createIndex({email: 1}, {unique: true});
	await db.collection('products').createIndex({slug: 1}, {unique: true});
	await db.collection('products').createIndex({category: 1});
	await db.collection('orders').createIndex({userId: 1, createdAt: -1});
	await db
		.collection('orders')
		.insertMany(Array.from({length: 1200}, (_, index) => ({userId: `u${index % 40}`, createdAt: new Date(index)})));
});
afterAll(() => database.drop());

async function audit(name = database.name, uri = database.uri) {
	const folder = await temporaryFolder();
	await writeFiles(folder, {'sastaops.yaml': `database: {uri: "${uri}", name: ${name}}\n`});
	return auditFolder(folder, ['database']);
}

describe('a database of the shop', () => {
	// The server of the tests asks for no log-in, which is what db.auth tells.
	const OPEN = 'db.auth fail';

	it('passes with its indexes, and they are used', async () => {
		const result = await audit();

		expect(toldBy(result)).toEqual([OPEN]);
		expect(result.checks.find(({id}) => id === 'db.explain')).toMatchObject({
			verdict: 'pass',
			reason: '1 queries, each by its index',
		});
	});

	it('fails for an index that is missing, and for the scan that comes of it', async () => {
		const orders = database.mongo.db(database.name).collection('orders');
		await orders.dropIndex('userId_1_createdAt_-1');
		try {
			const result = await audit();

			expect(toldBy(result)).toEqual([OPEN, 'db.indexes fail', 'db.explain fail']);
			expect(subjectsOf(result, 'db.indexes')).toEqual(['orders.userId_1_createdAt_-1']);
		} finally {
			await orders.createIndex({userId: 1, createdAt: -1});
		}
	});

	it('fails for an index that is no longer unique', async () => {
		const users = database.mongo.db(database.name).collection('users');
		await users.dropIndex('email_1');
		await users.createIndex({email: 1});
		try {
			expect(toldBy(await audit())).toEqual([OPEN, 'db.indexes fail']);
		} finally {
			await users.dropIndex('email_1');
			await users.createIndex({email: 1}, {unique: true});
		}
	});

	it('of another name is told by its emptiness', async () => {
		expect(toldBy(await audit(`${database.name}x`))).toEqual([OPEN, 'db.name fail', 'db.indexes fail']);
	});

	it('that does not answer is inconclusive in every check', async () => {
		const {checks} = await audit('sastabazar', 'mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=300');

		expect(new Set(checks.map(({verdict}) => verdict))).toEqual(new Set(['inconclusive']));
	});
});

describe('a log-in', () => {
	it.each([
		['asked for, over TLS', {anonymous: 'refused', hasTls: true, isLocal: false}, 'pass', 'critical'],
		['asked for, on this machine', {anonymous: 'refused', hasTls: false, isLocal: true}, 'pass', 'critical'],
		['not asked for', {anonymous: 'open', hasTls: true, isLocal: false}, 'fail', 'critical'],
		['not asked for on this machine', {anonymous: 'open', hasTls: false, isLocal: true}, 'fail', 'medium'],
		['asked for, in the clear', {anonymous: 'refused', hasTls: false, isLocal: false}, 'fail', 'high'],
		[
			'that could not be tried',
			{anonymous: {unclear: 'it hung up'}, hasTls: true, isLocal: false},
			'inconclusive',
			'critical',
		],
	] as const)('%s', (_, facts, verdict, severity) => {
		expect(judgeAuth(facts).map((finding) => `${finding.verdict} ${finding.severity ?? 'critical'}`)).toEqual([
			`${verdict} ${severity}`,
		]);
	});
});

describe('a user', () => {
	const identity = (...roles: string[]) => ({
		user: 'shop',
		roles: roles.map((role) => ({role, db: role.endsWith('AnyDatabase') || role === 'root' ? 'admin' : 'sastabazar'})),
		privileges: undefined,
	});

	it.each([
		['with readWrite', identity('readWrite'), 'pass'],
		['with root', identity('root'), 'fail'],
		['with dbOwner', identity('dbOwner'), 'fail'],
		['with readWrite everywhere', identity('readWriteAnyDatabase'), 'fail'],
		['who may only read', identity('read'), 'fail'],
		['with a role of the shop’s own that the server does not explain', identity('shopWriter'), 'inconclusive'],
		['who is nobody', {user: undefined, roles: [], privileges: undefined}, 'skip'],
	] as const)('%s is %s', (_, given, verdict) => {
		expect(judgePrivilege({identity: given, database: 'sastabazar'}).verdict).toBe(verdict);
	});
});

it.each([
	[{current: 10, available: 490}, 'pass'],
	[{current: 400, available: 100}, 'warn'],
	[{current: 480, available: 20}, 'fail'],
	[undefined, 'skip'],
] as const)('connections %j are %s', (facts, verdict) => {
	expect(judgeConnections(facts).verdict).toBe(verdict);
});
