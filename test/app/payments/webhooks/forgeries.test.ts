import {createHmac} from 'node:crypto';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {type Delivery, makeDelivery} from '../../../../src/app/payments/sandbox/deliver-webhook.js';
import type {SandboxPayment} from '../../../../src/app/payments/sandbox/entities.js';
import {signWebhook} from '../../../../src/app/payments/signatures.js';
import {makeTestHost} from '../../../support/host.js';
import {type Bought, openPaymentShop, type PaymentShop, tell} from '../open-payment-shop.js';
import {TEST_KEYS} from '../test-sandbox.js';

const OLD_SECRET = 'webhook secret of before';
let shop: PaymentShop;
let bought: Bought;
let payment: SandboxPayment;
let genuine: Delivery;
beforeAll(async () => {
	shop = await openPaymentShop({RAZORPAY_OLD_WEBHOOK_SECRET: OLD_SECRET});
	bought = await shop.buy();
	payment = await shop.pay(bought);
});
beforeEach(() => {
	genuine = makeDelivery(tell(payment, 'payment.captured'), TEST_KEYS.webhookSecret, makeTestHost());
});
afterAll(() => shop.close());

const signed = (body: Buffer | string, secret: string = TEST_KEYS.webhookSecret): Delivery => ({
	body: Buffer.from(body),
	headers: {...genuine.headers, 'x-razorpay-signature': signWebhook(secret, Buffer.from(body))},
});
const withSignature = (signature: string): Delivery => ({
	...genuine,
	headers: {...genuine.headers, 'x-razorpay-signature': signature},
});
const signature = () => String(genuine.headers['x-razorpay-signature']);
const text = () => genuine.body.toString();

const FORGERIES: Record<string, () => Delivery> = {
	'without a signature': () => {
		const {'x-razorpay-signature': _, ...headers} = genuine.headers;
		return {...genuine, headers};
	},
	'with an empty signature': () => withSignature(''),
	'signed with another secret': () => signed(text(), 'another secret'),
	'signed with the secret of the key': () => signed(text(), TEST_KEYS.keySecret),
	'with the signature of another body': () => ({...signed(text()), body: Buffer.from(text().replace('INR', 'USD'))}),
	'with one more space': () => ({...genuine, body: Buffer.from(`${text()} `)}),
	'serialized again in another order': () => {
		const {event, ...rest} = JSON.parse(text()) as Record<string, unknown>;
		return {...genuine, body: Buffer.from(JSON.stringify({...rest, event}))};
	},
	'serialized again with spaces': () => ({...genuine, body: Buffer.from(JSON.stringify(JSON.parse(text()), null, 1))}),
	'with an upper-case signature': () => withSignature(signature().toUpperCase()),
	'with a signature that is cut': () => withSignature(signature().slice(0, 63)),
	'with a longer signature': () => withSignature(`${signature()}0`),
	'with a signature that is no hex': () => withSignature('zz'.repeat(32)),
	'with one digit changed': () => withSignature(signature().replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
	'with sha256= before it': () => withSignature(`sha256=${signature()}`),
	'signed with SHA-1': () =>
		withSignature(createHmac('sha1', TEST_KEYS.webhookSecret).update(genuine.body).digest('hex')),
	'as text': () => ({...genuine, headers: {...genuine.headers, 'content-type': 'text/plain'}}),
	'as a form': () => ({...genuine, headers: {...genuine.headers, 'content-type': 'application/x-www-form-urlencoded'}}),
	'of nothing': () => signed(''),
	'of no JSON, signed': () => signed('{"event":'),
	'of bytes that are no text, signed': () => signed(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
	'of no event, signed': () => signed('[1,2,3]'),
	'of an event with a strange name, signed': () => signed('{"event":{"$gt":""},"created_at":1}'),
};

async function isUntouched(): Promise<void> {
	expect(await shop.collections.webhookEvents.countDocuments()).toBe(0);
	expect(await shop.collections.payments.countDocuments()).toBe(0);
	expect((await shop.order(bought)).status).toBe('pending');
}

describe('a delivery', () => {
	it.each(Object.entries(FORGERIES))('%s is refused with 400, and nothing is stored', async (_what, forge) => {
		const heard = shop.events.length;
		const {status, text: answer} = await shop.post(forge());
		expect({status, answer}).toMatchObject({status: 400, answer: expect.stringMatching(/"code":"(SIGNATURE|BODY)"/)});
		expect(answer).not.toContain(TEST_KEYS.webhookSecret);
		await isUntouched();
		expect(shop.events.slice(heard)).toContainEqual({type: 'webhook', outcome: 'refused'});
		if (answer.includes('SIGNATURE'))
			expect(shop.events.slice(heard)).toContainEqual(expect.objectContaining({kind: 'signature.refused'}));
	});

	it('with two signatures is refused, though both are right', async () => {
		const header = ['x-razorpay-signature', signature()];
		const list = ['content-type', 'application/json', ...header, ...header];
		expect((await shop.post(genuine, list)).status).toBe(400);
		await isUntouched();
	});

	it('over 256 KiB is refused unread', async () => {
		const large = signed(JSON.stringify({event: 'payment.captured', junk: 'x'.repeat(256 * 1024)}));
		expect((await shop.post(large)).status).toBe(413);
		const huge = {...genuine, body: Buffer.alloc(10 * 1024 * 1024, 0x20)};
		expect((await shop.post(huge).catch(() => ({status: 413}))).status).toBe(413);
		await isUntouched();
	});

	it('with prototype keys pollutes nothing', async () => {
		const evil =
			'{"event":"evil.ping","created_at":1,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
		expect((await shop.post(signed(evil))).status).toBe(200);
		expect(({} as {polluted?: number}).polluted).toBeUndefined();
		const stored = await shop.collections.webhookEvents.findOneAndDelete({event: 'evil.ping'});
		expect(stored).toMatchObject({payload: {}});
	});

	it('nested a hundred thousand deep does no harm', async () => {
		const deep = `{"event":"deep.ping","created_at":1,"payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
		expect([200, 400]).toContain((await shop.post(signed(deep))).status);
		await shop.collections.webhookEvents.deleteMany({event: 'deep.ping'});
	});

	it('signed with the secret of before is taken', async () => {
		const ping = signed(JSON.stringify({event: 'old.ping', created_at: Math.floor(Date.now() / 1000)}), OLD_SECRET);
		expect((await shop.post(ping)).status).toBe(200);
		await shop.collections.webhookEvents.deleteMany({event: 'old.ping'});
	});

	it('that is genuine is taken, so that the others were refused for what was wrong with them', async () => {
		await isUntouched();
		expect(await shop.post(genuine)).toEqual({status: 200, text: '{"status":"stored"}'});
		await shop.settled();
		expect((await shop.order(bought)).status).toBe('paid');
	});
});
