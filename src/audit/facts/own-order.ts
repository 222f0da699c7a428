import type {AuditContext} from '../context.js';
import {apiOf, fieldOf, jsonOf, listOf, textOf} from './api.js';
import {customerSession, type Session} from './session.js';
import {testOrder} from './test-order.js';

export type OwnOrder = {
	readonly id: string;
	readonly status: string | undefined;
	readonly providerOrderId: string | undefined;
};

/** Orders as GET /orders lists them; `isWhole` when there are no more. */
export type OrderList = {readonly orders: readonly OwnOrder[]; readonly isWhole: boolean};

/** The customer's orders as they were at the beginning of the audit, which may make some itself. */
export function ownOrders(context: AuditContext): Promise<OrderList | undefined> {
	return context.shared('own orders', async () => {
		const session = await customerSession(context);
		return session === undefined ? undefined : listOrders(context, session);
	});
}

/** The customer's orders as they are now; undefined where there is no such list. */
export async function listOrders(context: AuditContext, {credentials}: Session): Promise<OrderList | undefined> {
	const answer = await apiOf(context)({path: '/orders', credentials});
	const json = answer.status === 200 ? jsonOf(answer) : undefined;
	const list = listOf(json, 'orders');
	if (list === undefined) return undefined;
	const next = fieldOf(json, 'next');
	return {orders: list.flatMap((item) => orderIn(item) ?? []), isWhole: next === undefined || next === null};
}

/** An unpaid order of the customer: the shared test order with --staging, else one that is there already. */
export async function unpaidOrder(
	context: AuditContext,
): Promise<{readonly session: Session | undefined; readonly order: OwnOrder | undefined}> {
	if (context.loaded.config.audit.customer === undefined) return {session: undefined, order: undefined};
	const session = await customerSession(context);
	if (session === undefined) return {session: undefined, order: undefined};
	if (context.permissions.staging) {
		const made = await testOrder(context);
		if ('order' in made && made.order.id !== undefined) {
			const {id, providerOrderId} = made.order;
			return {session, order: {id, status: 'pending', providerOrderId}};
		}
	}
	const known = await ownOrders(context);
	const order = known?.orders.find(({status}) => /^(?:pending|created|unpaid)$/i.test(status ?? ''));
	return {session, order};
}

function orderIn(item: unknown): OwnOrder | undefined {
	const id = textOf(item, 'id', '_id', 'orderId');
	if (id === undefined) return undefined;
	return {
		id,
		status: textOf(item, 'status', 'state'),
		providerOrderId: textOf(item, 'razorpayOrderId', 'razorpay_order_id'),
	};
}
