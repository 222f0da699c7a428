import {makeCheck} from '../../check.js';
import {apiOf} from '../../facts/api.js';
import {NO_CUSTOMER} from '../../facts/session.js';
import {
	cancelOrder,
	type NoOrder,
	placeOrder,
	readPlaced,
	SENDS_TEST_ORDER,
	TEST_ORDER_REQUESTS,
	testOrder,
} from '../../facts/test-order.js';
import type {Finding} from '../../verdict.js';

type Tried = {readonly status: number; readonly id: string | undefined};

export type IdempotencyFacts = {
	/** The order that was made first; undefined where none was. */
	readonly first: Tried;
	readonly again: Tried;
	/** The same key with another cart. */
	readonly other: Tried;
	readonly withoutKey: Tried;
};

export const paymentsIdempotency = makeCheck<IdempotencyFacts | NoOrder>({
	id: 'payments.idempotency',
	group: 'payments',
	title: 'The same wish sent twice is one order',
	severity: 'high',
	effect: 'staging',
	maxRequests: TEST_ORDER_REQUESTS + 5,
	sends: [
		...SENDS_TEST_ORDER,
		'POST /checkout with the same Idempotency-Key again, with the same key and another cart, and without a key',
	],
	why: 'A customer whose connection breaks tries again, and must not buy twice.',
	fix: 'keep each customer’s Idempotency-Key in a unique index with a hash of the cart: the same order for the same cart, 422 for another, 400 without a key',
	references: ['docs/shop-contract.md', 'draft-ietf-httpapi-idempotency-key-header'],
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	async gather(context) {
		const made = await testOrder(context);
		if ('why' in made) return made;
		const {order, product, session, idempotencyKey} = made;
		const ask = apiOf(context);
		const tried = async (json: object, headers: Readonly<Record<string, string>>): Promise<Tried> => {
			const answer = await ask({method: 'POST', path: '/checkout', json, headers, credentials: session.credentials});
			const {status, id} = readPlaced(answer);
			if (id !== undefined && id !== order.id) await cancelOrder(ask, session, id);
			return {status, id};
		};
		const none: Tried = {status: 0, id: undefined};
		if (order.id === undefined) return {first: order, again: none, other: none, withoutKey: none};
		const {status, id} = readPlaced(await placeOrder(ask, {product, session, idempotencyKey}));
		const {slug} = product;
		return {
			first: order,
			again: {status, id},
			other: await tried({items: [{slug, quantity: 2}]}, {'idempotency-key': idempotencyKey}),
			withoutKey: await tried({items: [{slug, quantity: 1}]}, {}),
		};
	},
	judge: judgeIdempotency,
});

export function judgeIdempotency(facts: IdempotencyFacts | NoOrder): readonly Finding[] {
	if ('why' in facts) return [{verdict: 'skip', reason: facts.why}];
	const {first, again, other, withoutKey} = facts;
	if (first.status === 404 || first.status === 405)
		return [{verdict: 'skip', reason: 'the shop has no POST /checkout'}];
	if (first.id === undefined)
		return [{verdict: 'inconclusive', reason: `no order was made: POST /checkout answered ${first.status}`}];
	const evidence = [`again: ${again.status}`, `another cart: ${other.status}`, `without a key: ${withoutKey.status}`];
	const findings: Finding[] = [];
	const fail = (subject: string, reason: string, rest: Partial<Finding> = {}) =>
		findings.push({verdict: 'fail', subject, reason, evidence, ...rest});
	if (again.id !== undefined && again.id !== first.id) fail('the same key', 'the same key makes a second order');
	else if (again.id === undefined && again.status !== 409)
		fail('the same key', 'the same key and cart are refused the second time', {severity: 'medium'});
	if (other.id !== undefined && other.id !== first.id) fail('another cart', 'the same key takes a second cart, too');
	else if (other.id === first.id)
		fail('another cart', 'the same key with another cart answers with the first order', {severity: 'medium'});
	else if (other.status === 500) fail('another cart', 'the same key with another cart breaks the checkout: 500');
	if (withoutKey.id !== undefined) fail('no key', 'an order is made without a key', {severity: 'medium'});
	else if (withoutKey.status === 500) fail('no key', 'a checkout without a key breaks it: 500');
	if (findings.length > 0) return findings;
	const away = [again, other, withoutKey].find(({status}) => status > 500);
	if (away !== undefined)
		return [{verdict: 'inconclusive', reason: `POST /checkout answered ${away.status}`, evidence}];
	return [{verdict: 'pass', reason: 'one key is one order', evidence}];
}
