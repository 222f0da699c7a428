import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {type Collections, openCollections} from '../../../../src/app/documents.js';
import {deliver, makeDelivery} from '../../../../src/app/payments/sandbox/deliver-webhook.js';
import type {Database} from '../../../../src/local/database.js';
import {type Mongo, openMongo} from '../../../../src/ports/mongo.js';
import {makeTestHost} from '../../../support/host.js';
import {privateServer} from '../../../support/mongo.js';
import {buyer, shelf} from '../../checkout/open-checkout.js';
import {register, requester} from '../../open-test-shop.js';
import {tell, until} from '../open-payment-shop.js';
import {openTestSandbox, TEST_KEYS, type TestSandbox} from '../test-sandbox.js';

const children = new Set<ChildProcess>();
const NAME = 'sastabazar';
let storagePath: string;
let server: Database;
let mongo: Mongo;
let sandbox: TestSandbox;
let collections: Collections;
beforeAll(async () => {
	storagePath = await mkdtemp(join(tmpdir(), 'sastaops-test-mongo-'));
	server = await privateServer({storagePath});
	mongo = await openMongo(server.uri, makeTestHost());
	sandbox = await openTestSandbox(mongo.db(NAME));
	collections = openCollections(mongo.db(NAME));
});
afterAll(async () => {
	for (const child of children) child.kill('SIGKILL');
	await sandbox.close();
	await mongo.close();
	await server.stop();
	await rm(storagePath, {recursive: true, force: true});
});

/**
 * Ends all that dead shops left on the server: a transaction holds its documents for a minute otherwise, and a claim that
 * was under way lasts for half a minute.
 */
async function forgetTheDead(): Promise<void> {
	await server.stop();
	server = await privateServer({storagePath, port: Number(new URL(server.uri).port)});
	await collections.webhookEvents.updateMany({state: 'stored'}, {$set: {nextTryAt: new Date(0)}});
}

/** A shop as a process of its own, that can be killed. */
async function serve(): Promise<{url: string; kill(): Promise<void>}> {
	const child = spawn(process.execPath, ['bin/sastaops.js', 'serve', '--port', '0'], {
		env: {
			...process.env,
			SASTAOPS_DATABASE_URI: server.uri,
			SASTAOPS_DATABASE_NAME: NAME,
			SHOP_ENV: 'test',
			PAYMENTS: 'razorpay',
			RAZORPAY_URL: sandbox.url,
			RAZORPAY_KEY_ID: TEST_KEYS.keyId,
			RAZORPAY_KEY_SECRET: TEST_KEYS.keySecret,
			RAZORPAY_WEBHOOK_SECRET: TEST_KEYS.webhookSecret,
		},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	children.add(child);
	let said = '';
	const url = await new Promise<string>((resolve, reject) => {
		child.stderr?.on('data', (chunk) => {
			said += chunk;
			const found = /listens on (http:[^\s"]+)/.exec(said)?.[1];
			if (found) resolve(found);
		});
		child.once('exit', () => reject(new Error(said)));
	});
	expect(said).not.toContain(TEST_KEYS.keySecret);
	return {
		url,
		async kill() {
			children.delete(child);
			const ended = once(child, 'exit');
			child.kill('SIGKILL');
			await ended;
		},
	};
}

it('an event that was acknowledged is worked on after a kill, once', async () => {
	const shelves = shelf(collections);
	await shelves.stock({lamp: 10});
	const first = await serve();
	const ask = requester(first.url);
	const token = await register(ask, 'buyer@example.in');
	const bought = await buyer(ask)(token, [{slug: 'lamp', quantity: 2}]);
	const {orderId} = bought.body['payment'] as {orderId: string};
	const payment = await sandbox.state.pay({orderId});
	if (payment === undefined) throw new Error('not paid');

	// While another writer holds the order the worker cannot end: it dies in the middle of its work.
	const session = mongo.client.startSession();
	session.startTransaction();
	await collections.orders.updateOne({'provider.orderId': orderId}, {$set: {updatedAt: new Date()}}, {session});
	const delivery = makeDelivery(tell(payment, 'payment.captured'), TEST_KEYS.webhookSecret, makeTestHost());
	expect(await deliver(`${first.url}/api/webhooks/razorpay`, delivery)).toBe(200);
	await until(async () => (await collections.webhookEvents.countDocuments({state: 'stored', tries: 1})) === 1);
	await first.kill();
	await session.abortTransaction();
	await session.endSession();
	expect(await collections.orders.findOne({'provider.orderId': orderId})).toMatchObject({status: 'pending'});
	expect(await shelves.stockOf('lamp')).toBe(8);

	await forgetTheDead();
	const second = await serve();
	await until(async () => (await collections.webhookEvents.countDocuments({state: 'done'})) === 1);
	expect(await collections.orders.findOne({'provider.orderId': orderId})).toMatchObject({
		status: 'paid',
		stock: 'taken',
		paymentId: payment._id,
	});
	expect(await shelves.stockOf('lamp')).toBe(8);
	expect(await deliver(`${second.url}/api/webhooks/razorpay`, delivery)).toBe(200);
	expect(await collections.webhookEvents.countDocuments()).toBe(1);
	await second.kill();
}, 90_000);

it('events acknowledged in the moment of a kill are all worked on', async () => {
	const shelves = shelf(collections);
	await shelves.stock({vase: 50});
	const first = await serve();
	const ask = requester(first.url);
	const token = await register(ask, 'second@example.in');
	const payments = await Promise.all(
		Array.from({length: 8}, async () => {
			const {body} = await buyer(ask)(token, [{slug: 'vase', quantity: 1}]);
			const payment = await sandbox.state.pay({orderId: (body['payment'] as {orderId: string}).orderId});
			if (payment === undefined) throw new Error('not paid');
			return payment;
		}),
	);
	const statuses: number[] = [];
	const delivered = payments.map(async (payment) => {
		const delivery = makeDelivery(tell(payment, 'payment.captured'), TEST_KEYS.webhookSecret, makeTestHost());
		const status = await deliver(`${first.url}/api/webhooks/razorpay`, delivery).catch(() => 0);
		statuses.push(status);
		return {id: payment._id, status};
	});
	await until(async () => statuses.includes(200));
	await first.kill();
	const acknowledged = (await Promise.all(delivered)).filter(({status}) => status === 200);
	expect(acknowledged.length).toBeGreaterThan(0);

	await forgetTheDead();
	const second = await serve();
	await until(async () => (await collections.webhookEvents.countDocuments({state: 'stored'})) === 0, 60_000);
	for (const {id} of acknowledged)
		expect(await collections.orders.findOne({paymentId: id}), id).toMatchObject({status: 'paid', stock: 'taken'});
	expect((await shelves.soldOf('vase')) + (await shelves.stockOf('vase'))).toBe(50);
	await second.kill();
}, 90_000);
