import {ObjectId} from 'mongodb';
import {request} from 'undici';
import {type Collections, type Order, openCollections, type Payment} from '../../../src/app/documents.js';
import type {ShopEvent} from '../../../src/app/events.js';
import {type Delivery, makeDelivery, type Told} from '../../../src/app/payments/sandbox/deliver-webhook.js';
import {entityOf, type SandboxPayment} from '../../../src/app/payments/sandbox/entities.js';
import {signPayment} from '../../../src/app/payments/signatures.js';
import type {SettingName} from '../../../src/app/settings.js';
import {makeTestHost, type TestHost} from '../../support/host.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';
import {type Answer, openTestShop, type TestShop} from '../open-test-shop.js';
import {openTestSandbox, TEST_KEYS, type TestSandbox} from './test-sandbox.js';

export const QUANTITY = 2;
export const STOCK = 1000;

export type Bought = {
	readonly id: ObjectId;
	readonly providerOrderId: string;
	readonly totalPaise: number;
	/** Of the product of this order alone. */
	readonly slug: string;
};

export type PaymentShop = TestShop & {
	readonly sandbox: TestSandbox;
	readonly collections: Collections;
	readonly host: TestHost;
	readonly events: ShopEvent[];
	/** The buyer's. */
	readonly token: string;
	/** Orders two units of a product of its own, by the real checkout. */
	buy(): Promise<Bought>;
	pay(bought: Bought, status?: 'captured' | 'authorized' | 'failed'): Promise<SandboxPayment>;
	deliver(told: Told, secret?: string): Promise<number>;
	post(delivery: Delivery, headers?: readonly string[]): Promise<{status: number; text: string}>;
	verify(bought: Bought, paymentId: string, change?: Record<string, unknown>, token?: string): Promise<Answer>;
	/** Resolves when no event waits to be worked on. */
	settled(): Promise<void>;
	order(bought: Bought): Promise<Order>;
	payment(id: string): Promise<Payment | null>;
	stockOf(bought: Bought): Promise<number>;
};

let number = 0;

/** A shop that takes its payments from a sandbox which a test can make misbehave. */
export async function openPaymentShop(variables: Partial<Record<SettingName, string>> = {}): Promise<PaymentShop> {
	const razorpay: FreshDatabase = await freshDatabase();
	const sandbox = await openTestSandbox(razorpay.mongo.db(razorpay.name));
	const host = makeTestHost();
	const shop = await openTestShop(
		{
			PAYMENTS: 'razorpay',
			RAZORPAY_URL: sandbox.url,
			RAZORPAY_KEY_ID: TEST_KEYS.keyId,
			RAZORPAY_KEY_SECRET: TEST_KEYS.keySecret,
			RAZORPAY_WEBHOOK_SECRET: TEST_KEYS.webhookSecret,
			...variables,
		},
		{host},
	);
	const events: ShopEvent[] = [];
	shop.shop.shop.events.subscribe((event) => events.push(event));
	const collections = openCollections(shop.database.mongo.db(shop.database.name));
	const token = await shop.register('buyer@example.in');
	const webhookUrl = `${shop.shop.url}/api/webhooks/razorpay`;

	const post: PaymentShop['post'] = async ({headers, body}, list) => {
		const answer = await request(webhookUrl, {method: 'POST', headers: list ? [...list] : headers, body});
		return {status: answer.statusCode, text: await answer.body.text()};
	};
	return {
		...shop,
		sandbox,
		collections,
		host,
		events,
		token,
		post,
		async buy() {
			const slug = `product-${++number}`;
			await collections.products.insertOne({
				_id: new ObjectId(),
				slug,
				name: slug,
				category: 'home',
				pricePaise: 25_000,
				stock: STOCK,
			});
			return checkOut(shop.request, {token, slug});
		},
		async pay({providerOrderId}, status = 'captured') {
			const payment = await sandbox.state.pay({orderId: providerOrderId, status});
			if (payment === undefined) throw new Error(`${providerOrderId} cannot be paid`);
			return payment;
		},
		async deliver(told, secret = TEST_KEYS.webhookSecret) {
			const delivery = makeDelivery(told, secret, host);
			return (
				await patiently(
					() => post(delivery),
					({text}) => text,
				)
			).status;
		},
		verify: ({id, providerOrderId}, paymentId, change = {}, as = token) =>
			patiently(
				() =>
					shop.request('POST', '/api/payments/verify', {
						body: {
							orderId: id.toHexString(),
							razorpay_payment_id: paymentId,
							razorpay_signature: signPayment(TEST_KEYS.keySecret, providerOrderId, paymentId),
							...change,
						},
						token: as,
					}),
				({body}) => JSON.stringify(body),
			),
		settled: () => until(async () => (await collections.webhookEvents.countDocuments({state: 'stored'})) === 0),
		async order({id}) {
			const order = await collections.orders.findOne({_id: id});
			if (order === null) throw new Error('no order');
			return order;
		},
		payment: (id) => collections.payments.findOne({_id: id}),
		async stockOf({slug}) {
			return (await collections.products.findOne({slug}))?.stock ?? Number.NaN;
		},
		async close() {
			await shop.close();
			await sandbox.close();
			await razorpay.drop();
		},
	};
}

async function checkOut(ask: TestShop['request'], {token, slug}: {token: string; slug: string}): Promise<Bought> {
	const cart = {body: {items: [{slug, quantity: QUANTITY}]}, token, headers: {'idempotency-key': `key-of-${slug}`}};
	const {status, body} = await patiently(
		() => ask('POST', '/api/checkout', cart),
		(answer) => JSON.stringify(answer.body),
	);
	if (status > 201) throw new Error(`${status} ${JSON.stringify(body)}`);
	const {order, payment} = body as {order: {id: string; totalPaise: number}; payment: {orderId: string}};
	return {id: new ObjectId(order.id), providerOrderId: payment.orderId, totalPaise: order.totalPaise, slug};
}

/** Asks again where a busy machine shed the request, as browsers and Razorpay do; not where the test is about a 503. */
async function patiently<T extends {readonly status: number}>(ask: () => Promise<T>, textOf: (answer: T) => string) {
	for (let tries = 0; ; tries++) {
		const answer = await ask();
		const isShed = answer.status === 503 && !/MAINTENANCE|PAYMENT_PROVIDER/.test(textOf(answer));
		if (!isShed || tries === 20) return answer;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

export async function until(isSo: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
	for (const end = performance.now() + timeoutMs; !(await isSo()); ) {
		if (performance.now() > end) throw new Error('It did not come true in time');
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** The payment as it is told in an event: a snapshot of its moment. */
export function snapshot(payment: SandboxPayment, event: string): SandboxPayment {
	switch (event) {
		case 'payment.authorized':
			return {...payment, status: 'authorized', captured: false};
		case 'payment.failed':
			return {...payment, status: 'failed', captured: false};
		case 'refund.processed':
			return {...payment, status: 'refunded', amount_refunded: payment.amount};
		default:
			return {...payment, status: 'captured'};
	}
}

/** The whole event, with the refund that belongs to it. */
export function tell(payment: SandboxPayment, event: string, rest: Partial<Told> = {}): Told {
	const refund = {
		_id: payment._id.replace('pay', 'rfnd'),
		entity: 'refund',
		amount: payment.amount,
		currency: payment.currency,
		payment_id: payment._id,
		receipt: null,
		notes: {},
		status: 'processed',
		created_at: payment.created_at,
		key: payment._id,
	} as const;
	return {
		event,
		payment: snapshot(payment, event),
		...(event.startsWith('refund.') ? {refund} : {}),
		...rest,
	};
}

export const asJson = (payment: SandboxPayment): string => JSON.stringify(entityOf(payment));
