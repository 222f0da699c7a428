import type {WebAnswer} from '../../ports/web/exchange.js';
import {NotSent} from '../budget.js';
import {type AuditContext, targetOf} from '../context.js';
import {type AskApi, apiOf, fieldOf, jsonOf, textOf} from './api.js';
import {PAGE_KEYS_REQUESTS, pageKeys} from './page-keys.js';
import {isLiveKey} from './payment-keys.js';
import {chooseProduct, type Product, productIn, productPage, productsIn} from './products.js';
import {customerSession, type Session} from './session.js';

/** What a checkout answered. */
export type PlacedOrder = {
	readonly status: number;
	/** The shop's own; undefined where no order was made. */
	readonly id: string | undefined;
	/** The payment provider's. */
	readonly providerOrderId: string | undefined;
	readonly keyId: string | undefined;
	readonly amount: unknown;
	/** Of the order itself, where the answer has both. */
	readonly total: unknown;
	readonly currency: string | undefined;
};

/** The unpaid order that the checks of payments share, and what it was made with. */
export type TestOrder = {
	readonly order: PlacedOrder;
	readonly product: Product;
	readonly session: Session;
	readonly idempotencyKey: string;
};

/** Why there is none, in words of a skip. */
export type NoOrder = {readonly why: string};

/** For `sends` of the checks that use it. */
export const SENDS_TEST_ORDER = [
	'GET /products, POST /sessions as audit.customer (shared)',
	'POST /checkout of one unit of the cheapest product: an order that is never paid, and is cancelled at the end (shared)',
];
/** Products, log-in, control, pages for live keys, checkout, cancellation. */
export const TEST_ORDER_REQUESTS = PAGE_KEYS_REQUESTS + 6;

/** Makes it when it is first asked for. @throws NotSent for a shop with live keys */
export function testOrder(context: AuditContext): Promise<TestOrder | NoOrder> {
	return context.shared('test order', async () => {
		const ready = await readyToOrder(context);
		if ('why' in ready) return ready;
		const {product, session} = ready;
		const idempotencyKey = `sastaops-${context.host.randomHex(12)}`;
		const ask = apiOf(context);
		const order = readPlaced(await placeOrder(ask, {product, session, idempotencyKey}));
		const {id} = order;
		// Its units go back, where the shop knows how; else when its reservation ends. No verdict hangs on it.
		if (id !== undefined) context.atEnd(() => cancelOrder(ask, session, id).catch(() => undefined));
		return {order, product, session, idempotencyKey};
	});
}

/** A product and somebody who may order it. @throws NotSent for a shop with live keys */
export async function readyToOrder(
	context: AuditContext,
): Promise<{readonly product: Product; readonly session: Session} | NoOrder> {
	const {keyIds} = await pageKeys(context);
	if (keyIds.some(isLiveKey) && !context.permissions.knowsItIsLive)
		throw new NotSent('live', 'its pages carry a live payment key: orders are made only with --i-know-this-is-live');
	const product = await chosenProduct(context);
	if (product === undefined) return {why: 'the shop offers no product at /products that could be ordered'};
	const session = await customerSession(context);
	if (session === undefined) return {why: 'the shop has no log-in at /sessions'};
	return {product, session};
}

async function chosenProduct(context: AuditContext): Promise<Product | undefined> {
	const {product: slug} = context.loaded.config.audit;
	const listed = chooseProduct(productsIn(await productPage(context)) ?? [], slug);
	if (listed !== undefined || slug === undefined) return listed;
	// Not on the first page.
	const answer = await context.site.page(`${targetOf(context).api}/products/${slug}`);
	return answer.status === 200 ? productIn(jsonOf(answer)) : undefined;
}

export function placeOrder(
	ask: AskApi,
	{
		product,
		session,
		idempotencyKey,
	}: {readonly product: Product; readonly session: Session; readonly idempotencyKey: string},
): Promise<WebAnswer> {
	return ask({
		method: 'POST',
		path: '/checkout',
		json: {items: [{slug: product.slug, quantity: 1}]},
		headers: {'idempotency-key': idempotencyKey},
		credentials: session.credentials,
	});
}

export function readPlaced(answer: WebAnswer): PlacedOrder {
	const json = jsonOf(answer);
	const order = fieldOf(json, 'order') ?? json;
	const payment = fieldOf(json, 'payment') ?? json;
	const isMade = answer.status >= 200 && answer.status < 300;
	return {
		status: answer.status,
		id: isMade ? (textOf(order, 'id', '_id', 'orderId') ?? textOf(json, 'orderId')) : undefined,
		providerOrderId: textOf(payment, 'orderId', 'order_id', 'razorpayOrderId', 'razorpay_order_id'),
		keyId: textOf(payment, 'keyId', 'key_id', 'key'),
		amount: fieldOf(payment, 'amountPaise') ?? fieldOf(payment, 'amount'),
		total: fieldOf(order, 'totalPaise'),
		currency: textOf(payment, 'currency') ?? textOf(order, 'currency'),
	};
}

/** Gives back what was only made to see whether it could be; a shop that does not know how lets it expire. */
export async function cancelOrder(ask: AskApi, session: Session, id: string): Promise<void> {
	await ask({
		method: 'POST',
		path: `/orders/${encodeURIComponent(id)}/cancel`,
		credentials: session.credentials,
		expects429: true,
	});
}
