import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {apiOf} from '../../facts/api.js';
import {NO_CUSTOMER} from '../../facts/session.js';
import {cancelOrder, type NoOrder, readPlaced, readyToOrder, TEST_ORDER_REQUESTS} from '../../facts/test-order.js';
import type {Finding} from '../../verdict.js';

/** One order that somebody tried to have cheaper, or of no sense. */
export type PriceAttempt = {
	readonly name: string;
	readonly status: number;
	/** What was to be paid, where an order was made. */
	readonly amount: unknown;
	/** What it should be; undefined for what no order can be made of. */
	readonly dueOf: number | undefined;
};

export type PriceFacts = {readonly attempts: readonly PriceAttempt[]};

export const paymentsPrice = makeCheck<PriceFacts | NoOrder>({
	id: 'payments.price',
	group: 'payments',
	title: 'A price or a quantity of the client’s making changes no amount',
	severity: 'critical',
	effect: 'staging',
	maxRequests: TEST_ORDER_REQUESTS + 18,
	sends: [
		'POST /checkout, 9 times: with prices and amounts of our own, quantities 0, −1, 1.5, "1" and a thousand million, an unknown product, a thousand lines',
		'POST /orders/:id/cancel of what was made',
	],
	why: 'A shop that believes the browser sells at the price the customer likes.',
	fix: 'take only slug and quantity from the request, refuse other fields with 400, and read the price from the database',
	references: ['OWASP API Security 2023, API3 and API6', 'CWE-472'],
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	gather: gatherPrices,
	judge: judgePrices,
});

async function gatherPrices(context: AuditContext): Promise<PriceFacts | NoOrder> {
	const ready = await readyToOrder(context);
	if ('why' in ready) return ready;
	const {product, session} = ready;
	const {slug, pricePaise: price} = product;
	const cheap = {price: 1, pricePaise: 1, unitPaise: 1, linePaise: 1};
	const bodies: readonly (readonly [name: string, body: object, quantity: number | undefined])[] = [
		['a price in the line', {items: [{slug, quantity: 1, ...cheap}]}, 1],
		['an amount in the order', {items: [{slug, quantity: 1}], amount: 100, amountPaise: 100, totalPaise: 100}, 1],
		['quantity 0', {items: [{slug, quantity: 0}]}, undefined],
		['quantity −1', {items: [{slug, quantity: -1}]}, undefined],
		['quantity 1.5', {items: [{slug, quantity: 1.5}]}, undefined],
		['quantity as a text', {items: [{slug, quantity: '1'}]}, 1],
		['a thousand million units', {items: [{slug, quantity: 1_000_000_000}]}, 1_000_000_000],
		['an unknown product', {items: [{slug: `sastaops-${context.host.randomHex(6)}`, quantity: 1}]}, undefined],
		['a thousand lines', {items: Array.from({length: 1000}, () => ({slug, quantity: 1}))}, 1000],
	];
	const ask = apiOf(context);
	const attempts: PriceAttempt[] = [];
	// One after the other: they are about the same units.
	for (const [name, json, quantity] of bodies) {
		const answer = await ask({
			method: 'POST',
			path: '/checkout',
			json,
			headers: {'idempotency-key': `sastaops-${context.host.randomHex(12)}`},
			credentials: session.credentials,
		});
		const {status, id, amount} = readPlaced(answer);
		const dueOf = price === undefined || quantity === undefined ? undefined : price * quantity;
		attempts.push({name, status, amount: id === undefined ? undefined : amount, dueOf});
		if (id !== undefined) await cancelOrder(ask, session, id);
		if (status === 404 && attempts.length === 1) break;
	}
	return {attempts};
}

export function judgePrices(facts: PriceFacts | NoOrder): readonly Finding[] {
	if ('why' in facts) return [{verdict: 'skip', reason: facts.why}];
	const {attempts} = facts;
	const evidence = attempts.map(
		({name, status, amount}) => `${name}: ${status}${amount === undefined ? '' : `, to pay ${String(amount)}`}`,
	);
	const findings = attempts.flatMap((attempt) => badFinding(attempt) ?? []);
	if (findings.length > 0) return findings;
	if (attempts.every(({status}) => status === 404 || status === 405))
		return [{verdict: 'skip', reason: 'the shop has no POST /checkout'}];
	const away = attempts.find(({status}) => status > 500 || status === 401);
	if (away !== undefined)
		return [{verdict: 'inconclusive', reason: `POST /checkout answers ${away.status} to our customer`, evidence}];
	return [{verdict: 'pass', reason: 'each is refused or ignored', evidence}];
}

function badFinding({name, status, amount, dueOf}: PriceAttempt): Finding | undefined {
	const about = {subject: name, evidence: [`${name}: ${status}`]};
	if (status === 500) return {verdict: 'fail', severity: 'high', reason: `${name} breaks the checkout: 500`, ...about};
	if (status < 200 || status >= 300 || amount === undefined) return undefined;
	if (dueOf === undefined) {
		const isPriced = name.startsWith('a price') || name.startsWith('an amount');
		return isPriced ? undefined : {verdict: 'fail', reason: `${name} is sold`, ...about};
	}
	if (!Number.isSafeInteger(amount))
		return {verdict: 'fail', reason: `${name} makes an amount that is no whole number`, ...about};
	return amount === dueOf ? undefined : {verdict: 'fail', reason: `${name} changes the amount to pay`, ...about};
}
