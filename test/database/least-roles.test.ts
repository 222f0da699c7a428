import {runInNewContext} from 'node:vm';
import type {Db} from 'mongodb';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {judgeEnough, judgeExcess} from '../../src/database/checks/privileges.js';
import {readGrants} from '../../src/database/grants.js';
import {atlasLines, leastUsers, mongoshLines} from '../../src/database/least-roles.js';
import type {Database} from '../../src/local/database.js';
import {type Mongo, openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../support/host.js';
import {privateServer} from '../support/mongo.js';

const WISHES = {database: 'shop', stateDatabase: 'sastaops_state', collections: ['orders', "it's", 'a,b":c']};
const USERS = leastUsers(WISHES);

type Command = Readonly<Record<string, unknown>>;

/** Runs the printed lines as mongosh would, and gives the commands they would send. */
function commandsIn(lines: readonly string[]): Command[] {
	const commands: Command[] = [];
	runInNewContext(lines.join('\n'), {
		use: () => undefined,
		passwordPrompt: () => 'sesame',
		db: {
			createRole: ({role, ...rest}: Command) => void commands.push({createRole: role, ...rest}),
			createUser: ({user, ...rest}: Command) => void commands.push({createUser: user, ...rest}),
		},
	});
	return JSON.parse(JSON.stringify(commands)) as Command[];
}

describe('what is printed', () => {
	it('is for mongosh exactly what was meant, whatever a collection is called', () => {
		expect(commandsIn(mongoshLines(USERS))).toEqual(
			USERS.flatMap(({user, role, builtin}) => [
				...(role === undefined ? [] : [{createRole: role.name, roles: [], privileges: role.privileges}]),
				{
					createUser: user,
					pwd: 'sesame',
					roles: [...(role === undefined ? [] : [{role: role.name, db: 'admin'}]), ...builtin],
				},
			]),
		);
	});

	it('is for Atlas its own command line, a quote in a name quoted', () => {
		const text = atlasLines(USERS).join('\n');
		expect(text).toContain("--privilege 'FIND@shop.orders,INSERT@shop.orders,UPDATE@shop.orders,REMOVE@shop.orders");
		expect(text).toContain("FIND@shop.it'\\''s");
		expect(text).toContain("--role 'shopRelease@admin,readWrite@shop,readWrite@sastaops_state'");
	});

	it('holds no password', () => {
		expect([...mongoshLines(USERS), ...atlasLines(USERS)].join('\n')).not.toMatch(/pwd: "|--password/);
	});
});

describe('the users, on a server that asks for a log-in', () => {
	let server: Database;
	let root: Mongo;
	const asUser = async (user: string, work: (db: Db) => Promise<void>) => {
		const mongo = await openMongo(server.uri.replace(/root:[^@]*@/, `${user}:sesame@`), makeTestHost());
		try {
			await work(mongo.db('shop'));
		} finally {
			await mongo.close();
		}
	};
	const refused = {code: 13};

	beforeAll(async () => {
		server = await privateServer({auth: {user: 'root', password: 'sesame-root'}});
		root = await openMongo(server.uri, makeTestHost());
		await root.db('shop').collection('orders').insertOne({n: 1});
		for (const command of commandsIn(mongoshLines(USERS))) await root.db('admin').command(command);
	}, 60_000);
	afterAll(async () => {
		await root?.close();
		await server?.stop();
	});

	it('let the shop work, and lose nothing', async () => {
		await asUser('shop_app', async (db) => {
			const orders = db.collection('orders');
			await orders.insertOne({n: 2});
			await orders.updateOne({n: 2}, {$set: {n: 3}});
			expect(await orders.countDocuments({n: 3})).toBe(1);
			await orders.deleteOne({n: 3});
			await expect(orders.drop()).rejects.toMatchObject(refused);
			await expect(orders.createIndex({n: 1})).rejects.toMatchObject(refused);
			await expect(db.dropDatabase()).rejects.toMatchObject(refused);
			await expect(db.client.db('other').collection('a').findOne()).rejects.toMatchObject(refused);
		});
	});

	it('let sastaops make indexes, and drop no database', async () => {
		await asUser('shop_release', async (db) => {
			await db.collection('orders').createIndex({n: 1});
			await db.client.db('sastaops_state').collection('leases').insertOne({a: 1});
			await expect(db.dropDatabase()).rejects.toMatchObject(refused);
		});
	});

	it('let a load test at its own database only', async () => {
		await asUser('shop_load', async (db) => {
			const own = db.client.db('sastaops_load_test');
			await own.collection('a').insertOne({a: 1});
			await own.dropDatabase();
			await expect(db.collection('orders').findOne()).rejects.toMatchObject(refused);
		});
	});

	it('are judged well where somebody may see the role, and inconclusive where not', async () => {
		const identity = {user: 'shop_app', roles: [{role: 'shopApp', db: 'admin'}], privileges: undefined};
		const verdictsOf = async (db: Db) => {
			const facts = {
				identity,
				grants: await readGrants(db, identity),
				database: 'shop',
				collections: WISHES.collections,
				stateDatabase: 'sastaops_state',
			};
			return [...judgeEnough(facts), ...judgeExcess(facts)].map(({verdict}) => verdict);
		};
		expect(await verdictsOf(root.db('shop'))).toEqual(['pass', 'pass']);
		await asUser('shop_app', async (db) => {
			expect(await verdictsOf(db)).toEqual(['inconclusive', 'inconclusive']);
		});
	});
});
