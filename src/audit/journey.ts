import type {WebAnswer} from '../ports/web/exchange.js';
import {type AskApi, fieldOf, jsonOf, listOf, textOf} from './facts/api.js';
import {chooseProduct, type Product, productIn, productsIn} from './facts/products.js';
import type {Session} from './facts/session.js';
import {cancelOrder, placeOrder, readPlaced} from './facts/test-order.js';

export type StepName = 'browse' | 'product' | 'log-in' | 'checkout' | 'order';

/** `absent`: the shop has no such thing. `unclear`: it could not be tried. */
export type JourneyStep = {
	readonly name: StepName;
	readonly outcome: 'done' | 'failed' | 'absent' | 'unclear';
	/** What was answered, or why it was not tried. */
	readonly reason: string;
};

/** What a shopper's journey needs; nothing of the audit, so that a deployment can be watched by it, too. */
export type JourneyParts = {
	readonly ask: AskApi;
	/** The slug of a product. @default the cheapest in stock */
	readonly product?: string | undefined;
	/** Logs a test customer in; without it the journey ends at the product. Undefined where there is no log-in. */
	readonly logIn?: (() => Promise<Session | undefined>) | undefined;
	/** New for each journey; 8 to 64 letters, digits, dashes. */
	readonly idempotencyKey: string;
};

/**
 * Walks through a shop as a customer does: looks around, looks at a product, logs in, checks out, sees the order, and
 * gives it up. Ends at the first step that is not done. Nothing is paid.
 * @throws what `ask` and `logIn` throw: no answer is no step
 */
export async function walkJourney(parts: JourneyParts): Promise<readonly JourneyStep[]> {
	const steps: JourneyStep[] = [];
	const note = (name: StepName, outcome: JourneyStep['outcome'], reason: string) => {
		steps.push({name, outcome, reason});
		return outcome === 'done';
	};
	const product = await look(parts, note);
	if (product === undefined || parts.logIn === undefined) return steps;
	const session = await parts.logIn();
	if (!note('log-in', session === undefined ? 'absent' : 'done', session === undefined ? 'there is none' : 'in'))
		return steps;
	if (session !== undefined) await buy(parts, {product, session}, note);
	return steps;
}

type Note = (name: StepName, outcome: JourneyStep['outcome'], reason: string) => boolean;

async function look({ask, product: wanted}: JourneyParts, note: Note): Promise<Product | undefined> {
	const list = await ask({path: '/products'});
	const products = productsIn(list);
	if (products === undefined) {
		// Who shows products to customers only is no shop that is broken.
		const isClosed = list.status === 401 || list.status === 403;
		note(
			'browse',
			isClosed ? 'absent' : outcomeOf(list),
			`GET /products: ${list.status}${list.status === 200 ? ', and no list' : ''}`,
		);
		return undefined;
	}
	const chosen =
		chooseProduct(products, wanted) ??
		(wanted === undefined ? undefined : {slug: wanted, pricePaise: undefined, isInStock: true});
	if (chosen === undefined) {
		note('browse', 'unclear', 'no product is in stock');
		return undefined;
	}
	note('browse', 'done', `${products.length} products`);
	const page = await ask({path: `/products/${encodeURIComponent(chosen.slug)}`});
	const found = page.status === 200 ? productIn(fieldOf(jsonOf(page), 'product') ?? jsonOf(page)) : undefined;
	if (found !== undefined) return note('product', 'done', 'it is there') ? chosen : undefined;
	// A list that names what is not there is broken, whatever else it has.
	const outcome = page.status === 200 ? 'unclear' : page.status > 500 ? 'unclear' : 'failed';
	note('product', outcome, `GET /products/${chosen.slug}: ${page.status}`);
	return undefined;
}

async function buy(
	{ask, idempotencyKey}: JourneyParts,
	{product, session}: {readonly product: Product; readonly session: Session},
	note: Note,
): Promise<void> {
	const answer = await placeOrder(ask, {product, session, idempotencyKey});
	const {id} = readPlaced(answer);
	if (id === undefined) {
		note('checkout', outcomeOf(answer), `POST /checkout: ${answer.status}`);
		return;
	}
	note('checkout', 'done', `${answer.status}`);
	const {credentials} = session;
	const seen = await ask({path: `/orders/${encodeURIComponent(id)}`, credentials});
	const list = seen.status === 200 ? seen : await ask({path: '/orders', credentials});
	const isSeen =
		list === seen ||
		listOf(jsonOf(list), 'orders')?.some((order) => textOf(order, 'id', '_id', 'orderId') === id) === true;
	note('order', isSeen ? 'done' : seen.status > 500 ? 'unclear' : 'failed', `GET /orders/:id: ${seen.status}`);
	await cancelOrder(ask, session, id);
}

/** What a shop does not offer is absent; what it refuses, a shopper cannot do. */
function outcomeOf({status}: Pick<WebAnswer, 'status'>): JourneyStep['outcome'] {
	if (status === 404 || status === 405 || (status >= 300 && status < 400)) return 'absent';
	if (status === 200) return 'absent';
	return status === 429 || status > 500 ? 'unclear' : 'failed';
}
