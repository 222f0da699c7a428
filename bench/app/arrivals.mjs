// Requests at a fixed rate, however long the answers take: who only asks again once it was answered never sees a queue.
import {Client} from 'undici';

/** Answers that are still out when the time is over are waited for this long. */
const DRAIN_MS = 10_000;

/**
 * Asks over `connections` connections that stay open, in turn.
 * @returns latencies in milliseconds from when each request was due, sorted; and how late the requests were sent
 */
export async function arrive({url, route, connections, perSecond, seconds}) {
	const clients = Array.from({length: connections}, () => new Client(url, {pipelining: 1}));
	await Promise.all(clients.map((client) => ask(client, route)));
	const total = perSecond * seconds;
	const latencies = [];
	const delays = [];
	const underWay = [];
	const startedAt = performance.now();
	for (let number = 0; number < total; number++) {
		const dueAt = startedAt + (number * 1000) / perSecond;
		const early = dueAt - performance.now();
		if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
		delays.push(performance.now() - dueAt);
		const asked = ask(clients[number % connections], route);
		underWay.push(asked.then(() => latencies.push(performance.now() - dueAt)));
	}
	await Promise.race([
		Promise.all(underWay),
		new Promise((_, reject) => setTimeout(reject, DRAIN_MS, new Error('Answers did not come')).unref()),
	]);
	await Promise.all(clients.map((client) => client.close()));
	return {latencies: latencies.sort((a, b) => a - b), delays: delays.sort((a, b) => a - b)};
}

export function quantile(sorted, share) {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

async function ask(client, path) {
	const {statusCode, body} = await client.request({path, method: 'GET'});
	await body.dump();
	if (statusCode !== 200) throw new Error(`${path} was answered ${statusCode}`);
}
