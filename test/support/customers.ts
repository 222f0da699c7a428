import {Agent, request} from 'undici';
import {onTestFinished} from 'vitest';

export type Customers = {
	/** Requests sent, and answers by version. */
	readonly sent: () => number;
	stop(): Promise<void>;
};

/** Four in ten look at products, one in ten checks out, one pays: each a session of its own with a cookie. */
const JOURNEY = [
	{method: 'GET', path: '/api/products'},
	{method: 'GET', path: '/api/products/green-tea'},
	{method: 'GET', path: '/api/products?category=tea'},
	{method: 'GET', path: '/api/orders'},
	{method: 'POST', path: '/api/checkout'},
	{method: 'POST', path: '/api/payments/verify'},
] as const;

/** Customers at a steady rate, whatever the shop does: late answers delay nobody. Stopped when the test has finished. */
export function sendCustomers(url: string, perSecond: number): Customers {
	const agent = new Agent({connections: 50, pipelining: 1});
	let sent = 0;
	const open = new Set<Promise<unknown>>();
	const send = () => {
		const index = sent++;
		const {method, path} = JOURNEY[index % JOURNEY.length] ?? JOURNEY[0];
		const cookie = `sid=s${Math.floor(index / JOURNEY.length)}x${(Math.floor(index / JOURNEY.length) * 2_654_435_761) % 4_294_967_296}`;
		const asked = request(url + path, {method, headers: {cookie}, dispatcher: agent, headersTimeout: 5000})
			.then(({body}) => body.dump())
			.catch(() => undefined)
			.finally(() => open.delete(asked));
		open.add(asked);
	};
	const begun = performance.now();
	const timer = setInterval(() => {
		const due = ((performance.now() - begun) / 1000) * perSecond;
		while (sent < due) send();
	}, 5);
	const stop = async () => {
		clearInterval(timer);
		await Promise.all(open);
		await agent.close();
	};
	onTestFinished(stop);
	return {sent: () => sent, stop};
}
