import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';

export type Sale = {readonly orderIds: readonly string[]; readonly paise: number};

type Order = {readonly id: string; readonly totalPaise: number};

/** Buys over HTTP as a customer would: registers, logs in, and checks out. */
export async function goShopping(shopUrl: string, orders: number): Promise<Sale> {
	const customer = {email: 'late@shop.example', password: 'just for the demo'};
	await post(`${shopUrl}/api/users`, {...customer, name: 'Late customer'});
	const {accessToken} = await post(`${shopUrl}/api/sessions`, customer);
	const orderIds: string[] = [];
	let paise = 0;
	for (let number = 1; number <= orders; number++) {
		const cart = {items: [{slug: `product-${number}`, quantity: number}]};
		const {order} = await post(`${shopUrl}/api/checkout`, cart, {
			authorization: `Bearer ${String(accessToken)}`,
			'idempotency-key': `demo-order-${number}`,
		});
		const {id, totalPaise} = order as Order;
		orderIds.push(id);
		paise += totalPaise;
	}
	return {orderIds, paise};
}

/** The version the shop says it is. */
export async function readVersion(shopUrl: string): Promise<string> {
	const response = await fetch(`${shopUrl}/api/health`, {signal: AbortSignal.timeout(5000)});
	const {version} = (await response.json()) as {version: string};
	return version;
}

async function post(
	url: string,
	body: object,
	headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
	const response = await fetch(url, {
		method: 'POST',
		headers: {'content-type': 'application/json', ...headers},
		body: JSON.stringify(body),
		signal: AbortSignal.timeout(10_000),
	});
	if (response.ok) return (await response.json()) as Record<string, unknown>;
	throw new SastaError('DEMO_FAILED', `${url} answered ${response.status}`, {
		exitCode: EXIT.outside,
		details: [await response.text()],
	});
}
