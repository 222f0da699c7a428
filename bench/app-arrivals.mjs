// How long reads wait at a fixed rate over 200 open connections, beside Fastify and the driver alone.
// node bench/app-arrivals.mjs; BENCH_ROUNDS (default 5) rounds of BENCH_SECONDS (default 5), BENCH_RATE (default 300)
// requests a second. BENCH_SERVER=real takes the database server of the tests; else a stand-in that answers at once.
import {arrive, quantile} from './app/arrivals.mjs';
import {startBare, startFastDatabase, startRealDatabase, startShop} from './app/servers.mjs';
import {printTable} from './backup/harness.mjs';
import {describeMachine, formatRange, machine, summarize} from './measure.mjs';

const CONNECTIONS = 200;
const ROUTE = '/api/products';
/** Beyond this the bench measures itself. */
const MOST_DELAY_MS = 20;

const isReal = process.env.BENCH_SERVER === 'real';
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const perSecond = Number(process.env.BENCH_RATE ?? 300);

const database = await (isReal ? startRealDatabase() : startFastDatabase());
const running = [];
const runs = new Map();
try {
	for (const [name, start] of [
		['bare', startBare],
		['shop', startShop],
	]) {
		const server = await start(database);
		running.push({name, ...server});
		runs.set(name, []);
		await measure(server);
	}
	for (let round = 0; round < rounds; round++)
		for (const server of round % 2 === 0 ? running : running.toReversed())
			runs.get(server.name).push(await measure(server));
} finally {
	for (const {stop} of running) await stop();
	await database.stop();
}

const results = [...runs].map(([name, own]) => ({
	name,
	p50: summarize(own.map(({p50}) => p50)),
	p99: summarize(own.map(({p99}) => p99)),
	delay: summarize(own.map(({delay}) => delay)),
}));
console.log(`${describeMachine()}; ${rounds} rounds of ${seconds} s`);
console.log(
	`${ROUTE}: ${perSecond} requests a second over ${CONNECTIONS} connections, counted from when they were due`,
);
printTable(
	['what', 'p50, ms', 'p99, ms', 'sent late (p99), ms'],
	results.map(({name, ...ranges}) => [name, ...Object.values(ranges).map((range) => formatRange(range, 1, 1))]),
);
const server = isReal ? 'the server of the tests' : 'a stand-in that answers at once';
console.log(JSON.stringify({bench: 'app-arrivals', server, rounds, seconds, perSecond, machine: machine(), results}));
if (results.some(({delay}) => delay.median > MOST_DELAY_MS)) {
	console.error('The requests were sent too late to tell anything: give the machine a rest, or take a lower rate');
	process.exitCode = 1;
}

async function measure({url}) {
	const {latencies, delays} = await arrive({url, route: ROUTE, connections: CONNECTIONS, perSecond, seconds});
	return {p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), delay: quantile(delays, 0.99)};
}
