import {type PaymentProvider, ProviderError, type ProviderOrder} from '../provider.js';
import {ANSWERS} from './answers.js';
import {backoffMs, type RazorpayParts, readAgain} from './read-again.js';

type Wish = Parameters<PaymentProvider['createOrder']>[0];

const TRIES = 3;
/** After that no further try is begun: a customer waits. */
const PATIENCE_MS = 8000;
/** Longer than this no customer waits for a checkout because Razorpay said 429. */
const LONGEST_WAIT_MS = 3000;

/**
 * Razorpay has no idempotency key for orders. So one is never simply made again: after an answer that got lost the order
 * is looked for by its receipt, and only when it is not there is it asked for once more.
 */
export async function createOrder(parts: RazorpayParts, wish: Wish): Promise<ProviderOrder> {
	const found = wish.mayExist ? await findOrder(parts, wish.receipt) : undefined;
	if (found) return asWished(found, wish);
	const started = parts.host.monotonicMs();
	for (let attempt = 1; ; attempt++) {
		try {
			return asWished(await post(parts, wish), wish);
		} catch (error) {
			if (!(error instanceof ProviderError) || error.kind === 'refused') throw error;
			const waitMs = error.retryAfterMs ?? backoffMs(parts.host, attempt);
			if (waitMs > LONGEST_WAIT_MS) throw error;
			await parts.host.sleep(waitMs);
			if (error.kind === 'unanswered') {
				const made = await findOrder(parts, wish.receipt);
				if (made) return asWished(made, wish);
			}
			if (attempt === TRIES || parts.host.monotonicMs() - started > PATIENCE_MS) throw error;
		}
	}
}

/** The oldest with this receipt, so that all who look take the same. */
export async function findOrder(parts: RazorpayParts, receipt: string): Promise<ProviderOrder | undefined> {
	const path = `/v1/orders?receipt=${encodeURIComponent(receipt)}&count=100`;
	const answer = await readAgain(parts, {name: 'findOrder', method: 'GET', path, answer: ANSWERS.orders});
	if (!answer.ok) throw refused('findOrder', answer);
	return answer.value
		.filter((order) => order.receipt === receipt)
		.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0];
}

async function post({http}: RazorpayParts, {receipt, amountPaise}: Wish): Promise<ProviderOrder> {
	const answer = await http.call({
		name: 'createOrder',
		method: 'POST',
		path: '/v1/orders',
		body: {amount: amountPaise, currency: 'INR', receipt},
		answer: ANSWERS.order,
	});
	if (!answer.ok) throw refused('createOrder', answer);
	return answer.value;
}

/** An order over another sum must never be paid for this one. */
function asWished(order: ProviderOrder, {receipt, amountPaise}: Wish): ProviderOrder {
	if (order.receipt === receipt && order.amountPaise === amountPaise && order.currency === 'INR') return order;
	throw new ProviderError(
		'refused',
		`Razorpay's ${order.id} is over ${order.amountPaise} ${order.currency} for receipt ${order.receipt}, not over ${amountPaise} INR for ${receipt}`,
	);
}

export function refused(call: string, {status, text}: {readonly status: number; readonly text: string}): ProviderError {
	return new ProviderError('refused', `Razorpay refused ${call} with ${status}${text === '' ? '' : `: ${text}`}`);
}
