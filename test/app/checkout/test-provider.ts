import {type PaymentProvider, ProviderError, type ProviderOrder} from '../../../src/app/payments/provider.js';

export type TestProvider = PaymentProvider & {
	/** What it was asked to make, each time. */
	readonly asked: {readonly receipt: string; readonly amountPaise: number}[];
	/** What it has made, by receipt. */
	readonly made: ReadonlyMap<string, ProviderOrder>;
	/** The next calls end so, one each. `lost`: the order is made, its answer never comes. */
	readonly failures: (ProviderError['kind'] | 'lost')[];
	/** How long an answer takes. */
	delayMs: number;
};

/** A provider inside the test: it makes orders, one for each receipt, and fails when it is told to. */
export function makeTestProvider(): TestProvider {
	const made = new Map<string, ProviderOrder>();
	const asked: {receipt: string; amountPaise: number}[] = [];
	const failures: (ProviderError['kind'] | 'lost')[] = [];
	const notHere = () => Promise.reject(new Error('not in this test'));
	const provider: TestProvider = {
		kind: 'sandbox',
		mode: 'test',
		keyId: 'rzp_test_inside00000000',
		asked,
		made,
		failures,
		delayMs: 0,
		async createOrder({receipt, amountPaise}) {
			asked.push({receipt, amountPaise});
			const failure = failures.shift();
			await new Promise((resolve) => setTimeout(resolve, provider.delayMs));
			if (failure !== undefined && failure !== 'lost') throw new ProviderError(failure, 'as the test wanted');
			const id = `order_${receipt.slice(-14)}`;
			const order = made.get(receipt) ?? ({id, receipt, amountPaise, currency: 'INR', status: 'created'} as const);
			made.set(receipt, order);
			if (failure === 'lost') throw new ProviderError('unanswered', 'as the test wanted');
			return order;
		},
		findOrder: async (receipt) => made.get(receipt),
		readPayment: notHere,
		readPaymentsOf: notHere,
		capture: notHere,
		refund: notHere,
		isPaymentSignature: () => false,
		isWebhookSignature: () => false,
		close: async () => undefined,
	};
	return provider;
}
