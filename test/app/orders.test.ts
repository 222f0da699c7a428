import {ObjectId} from 'mongodb';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {openShop} from '../../src/app/shop.js';
import {openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../support/host.js';
import {privateServer} from '../support/mongo.js';
import {openTestShop, type TestShop} from './open-test-shop.js';
import {testSettings} from './test-settings.js';

let shop: TestShop;
let token: string;
beforeAll(async () => {
	shop = await openTestShop();
	token = await shop.register('asha@example.in');
});
afterAll(() => shop.close());
beforeEach(async () => {
	const db = shop.database.mongo.db(shop.database.name);
	await db.collection('orders').deleteMany({});
	await db.collection('products').deleteMany({});
	await db.collection('products').insertMany([
		{slug: 'brass-lamp', name: 'Brass lamp', category: 'home', pricePaise: 129_900, stock: 5},
		{slug: 'cotton-kurta', name: 'Cotton kurta', category: 'clothes', pricePaise: 89_950, stock: 1},
	]);
});

const buy = (...items: readonly unknown[]) => shop.request('POST', '/api/orders', {body: {items}, token});
const stockOf = async (slug: string) =>
	(await shop.database.mongo.db(shop.database.name).collection('products').findOne({slug}))?.['stock'];

describe('placing an order', () => {
	it('charges the price of the database and takes the stock', async () => {
		const {status, body} = await buy({slug: 'brass-lamp', quantity: 2}, {slug: 'cotton-kurta', quantity: 1});
		expect(status).toBe(201);
		expect(body).toMatchObject({status: 'pending', totalPaise: 2 * 129_900 + 89_950});
		expect(await stockOf('brass-lamp')).toBe(3);
		expect(await stockOf('cotton-kurta')).toBe(0);
	});

	it('takes nothing at all when one line is short', async () => {
		const {status, body} = await buy({slug: 'brass-lamp', quantity: 2}, {slug: 'cotton-kurta', quantity: 2});
		expect(status).toBe(409);
		expect(body).toEqual({error: {code: 'OUT_OF_STOCK', message: 'There are not 2 of cotton-kurta left'}});
		expect(await stockOf('brass-lamp')).toBe(5);
		expect(await shop.database.mongo.db(shop.database.name).collection('orders').countDocuments()).toBe(0);
	});

	it('counts two lines of one product together', async () => {
		expect((await buy({slug: 'brass-lamp', quantity: 3}, {slug: 'brass-lamp', quantity: 3})).status).toBe(409);
		expect(await stockOf('brass-lamp')).toBe(5);
	});

	it('never sells more than there is, whoever comes at once', async () => {
		const answers = await Promise.all(Array.from({length: 20}, () => buy({slug: 'brass-lamp', quantity: 1})));
		expect(answers.filter(({status}) => status === 201)).toHaveLength(5);
		expect(answers.filter(({status}) => status === 409)).toHaveLength(15);
		expect(await stockOf('brass-lamp')).toBe(0);
	});

	it('lets carts that cross both through', async () => {
		const lamp = {slug: 'brass-lamp', quantity: 1};
		const kurta = {slug: 'cotton-kurta', quantity: 1};
		await shop.database.mongo
			.db(shop.database.name)
			.collection('products')
			.updateMany({}, {$set: {stock: 100}});
		const answers = await Promise.all(
			Array.from({length: 12}, (_, number) => (number % 2 ? buy(lamp, kurta) : buy(kurta, lamp))),
		);
		expect(answers.map(({status}) => status)).toEqual(Array(12).fill(201));
		expect(await stockOf('brass-lamp')).toBe(88);
		expect(await stockOf('cotton-kurta')).toBe(88);
	});

	it.each([
		['no items', []],
		['a price of the client', [{slug: 'brass-lamp', quantity: 1, pricePaise: 1}]],
		['nothing', [{slug: 'brass-lamp', quantity: 0}]],
		['less than nothing', [{slug: 'brass-lamp', quantity: -1}]],
		['half a lamp', [{slug: 'brass-lamp', quantity: 1.5}]],
		['a number in quotes', [{slug: 'brass-lamp', quantity: '2'}]],
		['too many', [{slug: 'brass-lamp', quantity: 1e9}]],
		['an operator as slug', [{slug: {$ne: ''}, quantity: 1}]],
	])('refuses %s', async (_name, items) => {
		expect(await buy(...items)).toMatchObject({status: 400, body: {error: {code: 'BAD_REQUEST'}}});
		expect(await stockOf('brass-lamp')).toBe(5);
	});

	it('refuses a body that would change prototypes', async () => {
		const body = '{"items":[{"slug":"brass-lamp","quantity":1}],"__proto__":{"totalPaise":1}}';
		expect((await shop.request('POST', '/api/orders', {body, token})).status).toBe(400);
	});

	it('names a product that does not exist', async () => {
		expect(await buy({slug: 'moon', quantity: 1})).toMatchObject({
			status: 404,
			body: {error: {code: 'UNKNOWN_PRODUCT'}},
		});
	});
});

describe('the order history', () => {
	it('shows one’s own orders, newest first, and nobody else’s', async () => {
		await buy({slug: 'brass-lamp', quantity: 1});
		await buy({slug: 'cotton-kurta', quantity: 1});
		const {body} = await shop.request('GET', '/api/orders', {token});
		expect(body['orders']).toMatchObject([{totalPaise: 89_950}, {totalPaise: 129_900}]);

		const other = await shop.register('ravi@example.in');
		expect((await shop.request('GET', '/api/orders', {token: other})).body).toEqual({orders: []});
	});

	it('is not shown without a log-in, to a made-up token, or to a session that has expired', async () => {
		expect((await shop.request('GET', '/api/orders')).status).toBe(401);
		expect((await shop.request('GET', '/api/orders', {token: 'a'.repeat(64)})).status).toBe(401);
		const late = await shop.register('late@example.in');
		const sessions = shop.database.mongo.db(shop.database.name).collection('sessions');
		expect((await shop.request('GET', '/api/orders', {token: late})).status).toBe(200);
		await sessions.updateMany({}, {$set: {expiresAt: new Date(0)}});
		expect((await shop.request('GET', '/api/orders', {token: late})).status).toBe(401);
		token = await shop.register(`again-${Date.now()}@example.in`);
	});

	it('reads by the index, not by scanning', async () => {
		const plan = await shop.database.mongo
			.db(shop.database.name)
			.collection('orders')
			.find({userId: new ObjectId()})
			.sort({createdAt: -1})
			.explain('queryPlanner');
		expect(JSON.stringify(plan['queryPlanner'].winningPlan)).toContain('userId_1_createdAt_-1');
	});
});

describe('on a server without transactions', () => {
	it('puts back what it took when a later line fails', async () => {
		const server = await privateServer({standalone: true});
		const alone = await openShop({settings: testSettings({uri: server.uri, name: 'sastabazar'})}, makeTestHost());
		const mongo = await openMongo(server.uri, makeTestHost());
		const post = async (path: string, body: object, bearer = '') => {
			const headers = {'content-type': 'application/json', authorization: `Bearer ${bearer}`};
			const response = await fetch(`${alone.url}${path}`, {method: 'POST', headers, body: JSON.stringify(body)});
			return {status: response.status, body: (await response.json()) as Record<string, unknown>};
		};
		const cart = (lamps: number, kurtas: number) => ({
			items: [
				{slug: 'a-lamp', quantity: lamps},
				{slug: 'b-kurta', quantity: kurtas},
			],
		});
		try {
			const products = mongo.db('sastabazar').collection('products');
			await products.insertMany([
				{slug: 'a-lamp', name: 'Lamp', category: 'home', pricePaise: 100, stock: 5},
				{slug: 'b-kurta', name: 'Kurta', category: 'clothes', pricePaise: 100, stock: 1},
			]);
			const user = {email: 'alone@example.in', password: 'long enough', name: 'Alone'};
			const bearer = String((await post('/api/users', user)).body['token']);

			expect(await post('/api/orders', cart(2, 2), bearer)).toMatchObject({
				status: 409,
				body: {error: {code: 'OUT_OF_STOCK'}},
			});
			expect(await products.findOne({slug: 'a-lamp'})).toMatchObject({stock: 5});
			expect(await post('/api/orders', cart(2, 1), bearer)).toMatchObject({status: 201, body: {totalPaise: 300}});
			expect(await products.findOne({slug: 'a-lamp'})).toMatchObject({stock: 3});
		} finally {
			await mongo.close();
			await alone.close();
			await server.stop();
		}
	});
});
