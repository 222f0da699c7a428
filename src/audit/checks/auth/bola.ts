import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {apiOf, controlOf, holdsId, jsonOf} from '../../facts/api.js';
import {listOrders, ownOrders, unpaidOrder} from '../../facts/own-order.js';
import {type Attempt, attemptOf, judgeRefusals} from '../../facts/refusals.js';
import {customerSession, NO_CUSTOMER, otherSession} from '../../facts/session.js';
import {TEST_ORDER_REQUESTS} from '../../facts/test-order.js';
import type {Finding} from '../../verdict.js';

type Missing = {readonly why: string};

export const authBola = makeCheck<readonly Attempt[] | Missing>({
	id: 'auth.bola',
	group: 'auth',
	title: 'Nobody reads an order of somebody else',
	severity: 'critical',
	effect: 'passive',
	maxRequests: TEST_ORDER_REQUESTS + 10,
	sends: [
		'POST /sessions as audit.customer and audit.otherCustomer (shared), GET /orders',
		'GET /orders/:id of the first customer’s order as the other one and as nobody, and of ids beside it as the first',
	],
	why: 'An id in an address is no secret: whoever changes it must not see another’s order.',
	fix: 'look orders up by their id and the customer of the session together, and answer 404 for all others',
	references: ['OWASP API Security 2023, API1', 'CWE-639'],
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	gather: gatherVisits,
	judge: judgeBola,
});

async function gatherVisits(context: AuditContext): Promise<readonly Attempt[] | Missing> {
	const session = await customerSession(context);
	if (session === undefined) return {why: 'the shop has no log-in at /sessions'};
	const ask = apiOf(context);
	const control = await controlOf(context, 'GET');
	const visit = async (name: string, id: string, credentials?: Readonly<Record<string, string>>): Promise<Attempt> => {
		const answer = await ask({
			path: `/orders/${encodeURIComponent(id)}`,
			...(credentials === undefined ? {} : {credentials}),
		});
		const attempt = attemptOf(name, answer, control);
		// A page, or a word that there is nothing, is no order.
		return attempt.reach === 'accepted' && !holdsId(jsonOf(answer), id) ? {...attempt, reach: 'refused'} : attempt;
	};
	const known = await ownOrders(context);
	const own = (await unpaidOrder(context)).order ?? known?.orders[0];
	const other = await otherSession(context);
	const beside = own === undefined ? [context.host.randomHex(12)] : idsBeside(own.id, context);
	const mine = new Set(known?.isWhole === true ? known.orders.map(({id}) => id) : []);
	const direct = [
		...(own === undefined ? [] : [await visit('as nobody', own.id)]),
		...(own === undefined || other === undefined
			? []
			: [await visit('as the other customer', own.id, other.credentials)]),
	];
	const visited = await Promise.all(
		beside
			// What is beside may be the customer's own, too; where not all are known, a number says nothing.
			.filter((id) => !mine.has(id) && (known?.isWhole === true || !/^\d+$/.test(id)))
			.map(async (id, index) => ({
				id,
				attempt: await visit(index === 0 ? 'of an id beside' : 'of another id beside', id, session.credentials),
			})),
	);
	const open = visited.some(({attempt}) => attempt.reach === 'accepted');
	// Other checks order in the name of the customer meanwhile: what was made since is no order of somebody else.
	const since = new Set(open ? (await listOrders(context, session))?.orders.map(({id}) => id) : []);
	return [...direct, ...visited.filter(({id}) => !since.has(id)).map(({attempt}) => attempt)];
}

/** Ids that somebody who counts would try. */
export function idsBeside(id: string, {host}: Pick<AuditContext, 'host'>): readonly string[] {
	if (/^\d{1,15}$/.test(id)) return [Number(id) - 1, Number(id) + 1].filter((one) => one > 0).map(String);
	if (/^[0-9a-f]{24}$/i.test(id)) {
		const counter = Number.parseInt(id.slice(-6), 16);
		return [counter - 1, counter + 1]
			.filter((one) => one >= 0 && one <= 0xffffff)
			.map((one) => id.slice(0, -6) + one.toString(16).padStart(6, '0'));
	}
	return [host.randomHex(12)];
}

export function judgeBola(attempts: readonly Attempt[] | Missing): readonly Finding[] {
	if ('why' in attempts) return [{verdict: 'skip', reason: attempts.why}];
	if (attempts.length === 0)
		return [{verdict: 'skip', reason: 'which orders are the customer’s own cannot be told: set audit.otherCustomer'}];
	return judgeRefusals(attempts, {
		subject: 'GET /orders/:id',
		accepted: 'gives the order out',
		refused: 'each is refused',
		absent: 'the shop has no GET /orders/:id',
	});
}
