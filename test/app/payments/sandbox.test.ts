import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openCollections} from '../../../src/app/documents.js';
import {openSandbox} from '../../../src/app/payments/sandbox/open-sandbox.js';
import {addSandbox} from '../../../src/app/payments/sandbox/sandbox-routes.js';
import {openShop} from '../../../src/app/shop.js';
import {makeTestHost} from '../../support/host.js';
import {buyer, shelf} from '../checkout/open-checkout.js';
import {openTestShop, type TestShop} from '../open-test-shop.js';
import {testSettings} from '../test-settings.js';
import {until} from './open-payment-shop.js';

let shop: TestShop;
let token: string;
beforeAll(async () => {
	shop = await openTestShop();
	token = await shop.register('buyer@example.in');
	await shelf(openCollections(shop.database.mongo.db(shop.database.name))).stock({lamp: 50});
});
afterAll(() => shop.close());

async function buy() {
	const {body} = await buyer(shop.request)(token, [{slug: 'lamp', quantity: 1}]);
	return body as {order: {id: string}; payment: {orderId: string; keyId: string; provider: string}};
}
const pay = (body: object) => shop.request('POST', '/sandbox/pay', {body});
const statusOf = async (id: string) => (await shop.request('GET', `/api/orders/${id}`, {token})).body['status'];

describe('the sandbox', () => {
	it('takes a whole purchase, and is named as what it is everywhere', async () => {
		const {order, payment} = await buy();
		expect(payment).toMatchObject({
			provider: 'sandbox',
			orderId: expect.stringMatching(/^order_Sandbox[a-z0-9]{7}$/),
			keyId: expect.stringMatching(/^rzp_test_sandbox/),
		});
		const paid = await pay({razorpay_order_id: payment.orderId, webhooks: false});
		expect(paid.body['razorpay_payment_id']).toMatch(/^pay_Sandbox/);
		expect(await statusOf(order.id)).toBe('pending');
		const verified = await shop.request('POST', '/api/payments/verify', {
			token,
			body: {orderId: order.id, ...paid.body},
		});
		expect(verified).toMatchObject({status: 200, body: {status: 'paid'}});
	});

	it('tells the shop’s own webhook, as Razorpay does', async () => {
		const {order, payment} = await buy();
		await pay({razorpay_order_id: payment.orderId});
		await until(async () => (await statusOf(order.id)) === 'paid');
	});

	it.each(['failed', 'authorized'])('plays a payment that is %s', async (outcome) => {
		const {order, payment} = await buy();
		const {status, body} = await pay({razorpay_order_id: payment.orderId, outcome});
		expect(status).toBe(200);
		const {webhookEvents} = openCollections(shop.database.mongo.db(shop.database.name));
		const subject = `payment.${outcome}:${String(body['razorpay_payment_id'])}`;
		await until(async () => (await webhookEvents.countDocuments({subject, state: 'done'})) === 1);
		expect(await statusOf(order.id)).toBe('pending');
	});

	it('lets no order be paid twice, and none that is not there', async () => {
		const {payment} = await buy();
		expect((await pay({razorpay_order_id: payment.orderId, webhooks: false})).status).toBe(200);
		expect((await pay({razorpay_order_id: payment.orderId})).status).toBe(404);
		expect((await pay({razorpay_order_id: 'order_Sandboxunknown'})).status).toBe(404);
		expect((await pay({razorpay_order_id: {$ne: ''}})).status).toBe(400);
	});

	it('is one for all workers, and after a restart', async () => {
		const {order, payment} = await buy();
		const paid = await pay({razorpay_order_id: payment.orderId, webhooks: false});
		const other = await openShop({settings: testSettings(shop.database)}, makeTestHost());
		const answer = await fetch(`${other.url}/api/payments/verify`, {
			method: 'POST',
			headers: {'content-type': 'application/json', authorization: `Bearer ${token}`},
			body: JSON.stringify({orderId: order.id, ...paid.body}),
		});
		await other.close();
		expect(answer.status).toBe(200);
	});
});

describe('in production', () => {
	const production = () => ({...testSettings(shop.database), SHOP_ENV: 'production' as const});

	it('the sandbox does not start, whatever the settings let through', async () => {
		const {db, events, host} = shop.shop.shop;
		const opened = openSandbox(production(), {db, events, host});
		await expect(opened).rejects.toMatchObject({code: 'SANDBOX_IN_PRODUCTION'});
		expect(() => addSandbox(shop.shop.app, {...shop.shop.shop, settings: production()})).toThrow('never runs');
		const open = openShop({settings: production()}, makeTestHost());
		await expect(open).rejects.toMatchObject({code: 'SANDBOX_IN_PRODUCTION'});
	});

	it('the settings refuse it, and live keys elsewhere', () => {
		const keys = {RAZORPAY_KEY_SECRET: 'k'.repeat(24), RAZORPAY_WEBHOOK_SECRET: 'w'.repeat(24)};
		const live = {...keys, PAYMENTS: 'razorpay', RAZORPAY_KEY_ID: 'rzp_live_abcdefgh12'};
		const details = (variables: object) => {
			try {
				testSettings(shop.database, variables);
				return 'let through';
			} catch (error) {
				return JSON.stringify(error);
			}
		};
		expect(details({SHOP_ENV: 'production', PAYMENTS: 'sandbox'})).toContain('sandbox takes no real money');
		for (const SHOP_ENV of ['test', 'development', 'staging'])
			expect(details({...live, SHOP_ENV})).toContain('a live key takes real money');
		expect(details({...live, SHOP_ENV: 'production', RAZORPAY_URL: 'http://127.0.0.1:1'})).toContain('RAZORPAY_URL');
	});
});

it('is not there when Razorpay takes the money', async () => {
	const real = await openTestShop({
		PAYMENTS: 'razorpay',
		RAZORPAY_KEY_ID: 'rzp_test_abcdefgh12',
		RAZORPAY_KEY_SECRET: 'k'.repeat(24),
		RAZORPAY_WEBHOOK_SECRET: 'w'.repeat(24),
	});
	expect((await real.request('POST', '/sandbox/pay', {body: {}})).status).toBe(404);
	await real.close();
});
