import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';

export type Sale = {readonly orderIds: readonly string[]; readonly paise: number};

/** Buys over HTTP as a customer would: registers, then places orders. */
export async function goShopping(shopUrl: string, orders: number): Promise<Sale> {
	const customer = {email: 'late@shop.example', password: 'just for the demo', name: 'Late customer'};
	const {token} = await post(`${shopUrl}/api/users`, customer);
	const orderIds: string[] = [];
	let paise = 0;
	for (let number = 1; number <= orders; number++) {
		const body = {items: [{slug: `product-${number}`, quantity: number}]};
		const {id, totalPaise} = await post(`${shopUrl}/api/orders`, body, String(token));
		orderIds.push(String(id));
		paise += Number(totalPaise);
	}
	return {orderIds, paise};
}

/** The version the shop says it is. */
export async function readVersion(shopUrl: string): Promise<string> {
	const response = await fetch(`${shopUrl}/api/health`, {signal: AbortSignal.timeout(5000)});
	const {version} = (await response.json()) as {version: string};
	return version;
}

async function post(url: string, body: object, token?: string): Promise<Record<string, unknown>> {
	const response = await fetch(url, {
		method: 'POST',
		headers: {'content-type': 'application/json', ...(token === undefined ? {} : {authorization: `Bearer ${token}`})},
		body: JSON.stringify(body),
		signal: AbortSignal.timeout(10_000),
	});
	if (response.ok) return (await response.json()) as Record<string, unknown>;
	throw new SastaError('DEMO_FAILED', `${url} answered ${response.status}`, {
		exitCode: EXIT.outside,
		details: [await response.text()],
	});
}
