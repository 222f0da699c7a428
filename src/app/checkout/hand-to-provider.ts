import type {Order} from '../documents.js';
import {HttpError} from '../http-error.js';
import {ProviderError, type ProviderOrder} from '../payments/provider.js';
import type {Shop} from '../shop.js';

export type HandedOver = Order & {readonly provider: NonNullable<Order['provider']>};

const RETRY_AFTER_SECONDS = 5;
const AGAIN = 'try again with the same Idempotency-Key';

export function isHandedOver(order: Order): order is HandedOver {
	return order.provider !== undefined;
}

/**
 * Makes the provider's order for ours and keeps its id. Done again it finds the same one.
 * @param mayExist an earlier try may have made it
 * @throws HttpError 502 or 503 PAYMENT_PROVIDER; the order stays as it is
 */
export async function handToProvider(
	{collections, payments, host}: Shop,
	order: Order,
	{mayExist}: {readonly mayExist: boolean},
): Promise<HandedOver> {
	const receipt = order._id.toHexString();
	const wanted = {receipt, amountPaise: order.totalPaise, mayExist};
	const made = await payments.createOrder(wanted).catch((error: unknown) => {
		throw error instanceof ProviderError ? unavailable(error) : error;
	});
	assertSame(made, receipt, order);
	const provider = {kind: payments.kind, mode: payments.mode, orderId: made.id};
	const saved = await collections.orders.findOneAndUpdate(
		{_id: order._id, provider: {$exists: false}},
		{$set: {provider, updatedAt: new Date(host.now())}},
		{returnDocument: 'after'},
	);
	// Somebody whose lease had run out was slow, not dead, and saved it before us.
	const current = saved ?? (await collections.orders.findOne({_id: order._id}));
	if (current === null || !isHandedOver(current)) throw new Error(`Order ${receipt} is gone`);
	return current;
}

/** Never tell a customer to pay another amount than ours. */
function assertSame(made: ProviderOrder, receipt: string, {totalPaise, currency}: Order): void {
	if (made.receipt === receipt && made.amountPaise === totalPaise && made.currency === currency) return;
	throw new HttpError(
		502,
		'PAYMENT_PROVIDER',
		'The payment provider answered about another order',
		RETRY_AFTER_SECONDS,
	);
}

function unavailable({kind, retryAfterMs}: ProviderError): HttpError {
	const seconds = retryAfterMs === undefined ? RETRY_AFTER_SECONDS : Math.ceil(retryAfterMs / 1000);
	return kind === 'refused'
		? new HttpError(502, 'PAYMENT_PROVIDER', `The payment provider refused the order; ${AGAIN}`, seconds)
		: new HttpError(503, 'PAYMENT_PROVIDER', `The payment provider does not answer; ${AGAIN}`, seconds);
}
