import {afterAll, beforeAll, expect, it} from 'vitest';
import {openCollections} from '../../../../src/app/documents.js';
import {makeDelivery} from '../../../../src/app/payments/sandbox/deliver-webhook.js';
import type {SandboxPayment} from '../../../../src/app/payments/sandbox/entities.js';
import {type OpenShop, openShop} from '../../../../src/app/shop.js';
import type {Database} from '../../../../src/local/database.js';
import {openMongo} from '../../../../src/ports/mongo.js';
import {makeTestHost} from '../../../support/host.js';
import {privateServer} from '../../../support/mongo.js';
import {testSettings} from '../../test-settings.js';
import {TEST_KEYS} from '../test-sandbox.js';

/** Razorpay's, less what the way costs. */
const BOUND_MS = 4900;

let server: Database;
let shop: OpenShop;
let number = 0;
beforeAll(async () => {
	server = await privateServer({testCommands: true});
	const variables = {RAZORPAY_WEBHOOK_SECRET: TEST_KEYS.webhookSecret, RATE_LIMIT_PER_MINUTE: '1000000'};
	shop = await openShop({settings: testSettings({uri: server.uri, name: 'sastabazar'}, variables)}, makeTestHost());
});
afterAll(async () => {
	await shop.close();
	await server.stop();
});

const payment: SandboxPayment = {
	_id: 'pay_Sandbox0000000',
	entity: 'payment',
	amount: 100,
	currency: 'INR',
	status: 'captured',
	order_id: 'order_Sandbox0000000',
	method: 'upi',
	amount_refunded: 0,
	captured: true,
	created_at: 0,
};

async function deliver() {
	const told = {event: 'payment.captured', payment: {...payment, _id: `pay_Sandbox${++number}`.padEnd(18, '0')}};
	const {headers, body} = makeDelivery(told, TEST_KEYS.webhookSecret, makeTestHost());
	const started = performance.now();
	const answer = await fetch(`${shop.url}/api/webhooks/razorpay`, {method: 'POST', headers, body});
	return {status: answer.status, ms: performance.now() - started, id: String(headers['x-razorpay-event-id'])};
}

async function failPoint(mode: string, data: object = {}) {
	const mongo = await openMongo(server.uri, makeTestHost());
	await mongo.db('admin').command({configureFailPoint: 'failCommand', mode, data});
	await mongo.close();
}

const stored = (id: string) => openCollections(shop.shop.db).webhookEvents.findOne({_id: id});

it('acknowledges what is kept', async () => {
	const {status, id} = await deliver();
	expect(status).toBe(200);
	expect(await stored(id)).not.toBeNull();
});

it.each([[['insert']], [['insert', 'find', 'update', 'findAndModify']]])(
	'refuses with 5xx in time what a slow database (%j) may or may not keep',
	async (failCommands) => {
		await failPoint('alwaysOn', {failCommands, blockConnection: true, blockTimeMS: 5500});
		const answers = await Promise.all([deliver(), deliver(), deliver()]);
		await failPoint('off');
		for (const {status, ms} of answers) {
			expect(status).toBeGreaterThanOrEqual(500);
			expect(ms).toBeLessThan(BOUND_MS);
		}
	},
	40_000,
);

it('never acknowledges what the database refuses to keep', async () => {
	await failPoint('alwaysOn', {failCommands: ['insert'], errorCode: 64});
	const {status, id} = await deliver();
	await failPoint('off');
	expect(status).toBe(503);
	expect(await stored(id)).toBeNull();
	await expect.poll(async () => (await deliver()).status, {timeout: 15_000}).toBe(200);
}, 40_000);

it('refuses in time while there is no database at all', async () => {
	await server.kill();
	for (const {status, ms} of await Promise.all([deliver(), deliver()])) {
		expect(status).toBe(503);
		expect(ms).toBeLessThan(BOUND_MS);
	}
}, 40_000);
