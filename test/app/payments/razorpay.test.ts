import {createServer} from 'node:net';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import type {SandboxFault} from '../../../src/app/payments/sandbox/server.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';
import {openTestClient, openTestSandbox, TEST_KEYS, type TestClient, type TestSandbox} from './test-sandbox.js';

let database: FreshDatabase;
let sandbox: TestSandbox;
let client: TestClient;
let number = 0;
const count = (name: string, filter = {}) => database.mongo.db(database.name).collection(name).countDocuments(filter);
const nextReceipt = () => `${++number}`.padStart(24, '0');

beforeAll(async () => {
	database = await freshDatabase();
	sandbox = await openTestSandbox(database.mongo.db(database.name));
});
afterAll(async () => {
	await client.provider.close();
	await sandbox.close();
	await database.drop();
});
beforeEach(async () => {
	await client?.provider.close();
	client = openTestClient(sandbox.url);
});

async function payFor(amountPaise: number, status: 'captured' | 'authorized' = 'captured') {
	const order = await client.provider.createOrder({receipt: nextReceipt(), amountPaise});
	const payment = await sandbox.state.pay({orderId: order.id, status});
	if (payment === undefined) throw new Error('not paid');
	return {order, id: payment._id, amountPaise};
}

describe('an order', () => {
	it('is made over the sum and receipt that were asked for', async () => {
		const receipt = nextReceipt();
		const order = await client.provider.createOrder({receipt, amountPaise: 49_900});
		expect(order).toMatchObject({receipt, amountPaise: 49_900, currency: 'INR', status: 'created'});
		expect(order.id).toMatch(/^order_Sandbox[a-z0-9]{7}$/);
		expect(client.events).toEqual([
			{type: 'provider', call: 'createOrder', outcome: 'ok', durationMs: expect.any(Number)},
		]);
		expect(await client.provider.findOrder(receipt)).toMatchObject({id: order.id});
		expect(await client.provider.findOrder(nextReceipt())).toBeUndefined();
	});

	const lost: [string, SandboxFault][] = [
		['the connection is cut after it was made', {kind: 'lose'}],
		['500 comes after it was made', {kind: 'failAfter', status: 500}],
		['the answer is no order', {kind: 'answer', body: {id: 'order_x'}}],
		['the answer is no JSON', {kind: 'answer', body: 'made it'}],
		['the answer comes too late', {kind: 'slow', ms: 1300}],
	];
	it.each(lost)('is not made twice when %s', async (_what, fault) => {
		const receipt = nextReceipt();
		sandbox.fail('createOrder', fault);
		const order = await client.provider.createOrder({receipt, amountPaise: 100});
		expect(order).toMatchObject({receipt, amountPaise: 100});
		// The slow one is made behind our back, after we looked: one more may be there, but all who look find the same.
		if (fault.kind !== 'slow') expect(await count('sandbox_orders', {receipt})).toBe(1);
	});

	it('is made again after a failure that made none', async () => {
		const receipt = nextReceipt();
		sandbox.fail('createOrder', {kind: 'fail', status: 503});
		await client.provider.createOrder({receipt, amountPaise: 100});
		expect(await count('sandbox_orders', {receipt})).toBe(1);
	});

	it('is looked for first where it may exist', async () => {
		const receipt = nextReceipt();
		const first = await client.provider.createOrder({receipt, amountPaise: 100});
		const again = await client.provider.createOrder({receipt, amountPaise: 100, mayExist: true});
		expect(again.id).toBe(first.id);
	});

	it('over another sum is not taken for the one asked for', async () => {
		const receipt = nextReceipt();
		await client.provider.createOrder({receipt, amountPaise: 100});
		const call = client.provider.createOrder({receipt, amountPaise: 101, mayExist: true});
		await expect(call).rejects.toMatchObject({kind: 'refused'});
		const {body} = await sandbox.state.createOrder({amount: 100, currency: 'INR', receipt: nextReceipt()});
		sandbox.fail('createOrder', {kind: 'answer', body: {...body, amount: 1}});
		await expect(
			client.provider.createOrder({receipt: String('receipt' in body && body.receipt), amountPaise: 100}),
		).rejects.toMatchObject({kind: 'refused'});
	});

	it('is given up after three tries, and named unanswered', async () => {
		const receipt = nextReceipt();
		const fault: SandboxFault = {kind: 'fail', status: 500};
		sandbox.fail('createOrder', fault, fault, fault);
		const before = sandbox.calls.createOrder ?? 0;
		await expect(client.provider.createOrder({receipt, amountPaise: 100})).rejects.toMatchObject({kind: 'unanswered'});
		expect(sandbox.calls.createOrder).toBe(before + 3);
		expect(await count('sandbox_orders', {receipt})).toBe(0);
	});

	it('waits as long as a 429 says', async () => {
		sandbox.fail('createOrder', {kind: 'fail', status: 429, headers: {'retry-after': '1'}});
		const started = performance.now();
		await client.provider.createOrder({receipt: nextReceipt(), amountPaise: 100});
		expect(performance.now() - started).toBeGreaterThan(990);
		sandbox.fail('createOrder', {kind: 'fail', status: 429, headers: {'retry-after': '60'}});
		await expect(client.provider.createOrder({receipt: nextReceipt(), amountPaise: 100})).rejects.toMatchObject({
			kind: 'unavailable',
			retryAfterMs: 60_000,
		});
	});
});

describe('a read', () => {
	it('is tried again, and says when the provider stays away', async () => {
		const {id} = await payFor(100);
		const fault: SandboxFault = {kind: 'fail', status: 502};
		sandbox.fail('readPayment', fault, {kind: 'lose'});
		expect(await client.provider.readPayment(id)).toMatchObject({id, status: 'captured', amountPaise: 100});
		sandbox.fail('readPayment', fault, fault, fault);
		await expect(client.provider.readPayment(id)).rejects.toMatchObject({kind: 'unanswered'});
	});

	it('knows a payment that is not there from one that cannot be read', async () => {
		expect(await client.provider.readPayment('pay_Sandbox0000000')).toBeUndefined();
		const {id} = await payFor(100);
		const answer: SandboxFault = {kind: 'answer', body: {id: 'pay_Sandbox0000000', amount: '100'}};
		sandbox.fail('readPayment', answer, answer, answer);
		await expect(client.provider.readPayment(id)).rejects.toMatchObject({kind: 'unanswered'});
	});

	it('believes no payment of another id', async () => {
		const [one, other] = [await payFor(100), await payFor(100)];
		const {body} = await sandbox.state.readPayment(other.id);
		sandbox.fail('readPayment', {kind: 'answer', body});
		await expect(client.provider.readPayment(one.id)).rejects.toMatchObject({kind: 'unavailable'});
	});

	it('lists the payments of an order', async () => {
		const {order, id} = await payFor(100);
		expect(await client.provider.readPaymentsOf(order.id)).toMatchObject([{id, orderId: order.id}]);
	});
});

describe('a capture', () => {
	it.each<SandboxFault>([{kind: 'lose'}, {kind: 'failAfter', status: 504}])('is done once after %j', async (fault) => {
		const {id} = await payFor(200, 'authorized');
		sandbox.fail('capture', fault);
		const before = sandbox.calls.capture ?? 0;
		expect(await client.provider.capture({id, amountPaise: 200})).toMatchObject({status: 'captured'});
		expect(sandbox.calls.capture).toBe(before + 1);
	});

	it('is tried again when nothing was captured', async () => {
		const {id} = await payFor(200, 'authorized');
		sandbox.fail('capture', {kind: 'fail', status: 500});
		expect(await client.provider.capture({id, amountPaise: 200})).toMatchObject({status: 'captured'});
	});

	it('of what is captured already answers it as it is', async () => {
		const {id} = await payFor(200);
		expect(await client.provider.capture({id, amountPaise: 200})).toMatchObject({status: 'captured'});
	});

	it('over another sum is refused', async () => {
		const {id} = await payFor(200, 'authorized');
		await expect(client.provider.capture({id, amountPaise: 199})).rejects.toMatchObject({kind: 'refused'});
		expect(await client.provider.readPayment(id)).toMatchObject({status: 'authorized'});
	});

	it('is not believed from an answer that does not show it', async () => {
		const {id} = await payFor(200, 'authorized');
		const {body} = await sandbox.state.readPayment(id);
		sandbox.fail('capture', {kind: 'answer', body}, {kind: 'answer', body});
		expect(await client.provider.capture({id, amountPaise: 200})).toMatchObject({status: 'captured'});
	});
});

describe('a refund', () => {
	it.each<SandboxFault>([{kind: 'lose'}, {kind: 'failAfter', status: 500}, {kind: 'slow', ms: 700}])(
		'is given once after %j',
		async (fault) => {
			const {id} = await payFor(300);
			sandbox.fail('refund', fault);
			const refund = await client.provider.refund({id, amountPaise: 300, receipt: `refund-${id}`});
			expect(refund.id).toMatch(/^rfnd_Sandbox/);
			expect(await client.provider.refund({id, amountPaise: 300, receipt: `refund-${id}`})).toEqual(refund);
			expect(await count('sandbox_refunds', {payment_id: id})).toBe(1);
			expect(await client.provider.readPayment(id)).toMatchObject({status: 'refunded', refundedPaise: 300});
		},
	);

	it('is given once to twenty who ask at the same time', async () => {
		const {id} = await payFor(300);
		const wish = {id, amountPaise: 300, receipt: `refund-${id}`};
		const refunds = await Promise.all(Array.from({length: 20}, () => client.provider.refund(wish)));
		expect(new Set(refunds.map((refund) => refund.id)).size).toBe(1);
		expect(await count('sandbox_refunds', {payment_id: id})).toBe(1);
	});

	it('that somebody else has given is not given again', async () => {
		const {id} = await payFor(300);
		await sandbox.state.refund(id, {amount: 300, receipt: undefined, notes: {}, key: undefined});
		await client.provider.refund({id, amountPaise: 300, receipt: `refund-${id}`});
		expect(await count('sandbox_refunds', {payment_id: id})).toBe(1);
	});
});

describe('failures', () => {
	it('name the key that is wrong, never its secret', async () => {
		const wrong = openTestClient(sandbox.url, {keySecret: 'not the secret at all'});
		const error = await wrong.provider.readPayment('pay_Sandbox0000000').catch((thrown: unknown) => thrown);
		await wrong.provider.close();
		expect(error).toMatchObject({kind: 'refused', message: expect.stringContaining('RAZORPAY_KEY_ID')});
		expect(String(error)).not.toContain('not the secret');
		expect(wrong.host.redact('not the secret at all')).toBe('***');
		const basic = Buffer.from(`${TEST_KEYS.keyId}:not the secret at all`).toString('base64');
		expect(wrong.host.redact(`got ${basic}`)).toBe('got ***');
		expect(wrong.events).toMatchObject([{outcome: 'refused'}]);
	});

	it('of a server that is not there are unavailable', async () => {
		const away = openTestClient('http://127.0.0.1:1');
		await expect(away.provider.readPayment('pay_Sandbox0000000')).rejects.toMatchObject({kind: 'unavailable'});
		await away.provider.close();
		expect(away.events).toHaveLength(3);
		expect(away.events[0]).toMatchObject({outcome: 'error'});
	});

	it('of a server that says nothing are timeouts, in bounded time', async () => {
		const silent = createServer(() => undefined);
		await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
		const address = silent.address();
		const port = typeof address === 'object' && address !== null ? address.port : 0;
		const dumb = openTestClient(`http://127.0.0.1:${port}`, {connectMs: 200, answerMs: 300});
		const started = performance.now();
		await expect(dumb.provider.readPayment('pay_Sandbox0000000')).rejects.toMatchObject({kind: 'unanswered'});
		expect(performance.now() - started).toBeLessThan(6000);
		expect(dumb.events[0]).toMatchObject({outcome: 'timeout'});
		await dumb.provider.close();
		silent.close();
	});
});
