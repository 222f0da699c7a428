// How many reads a second the shop answers, and what its middleware costs, beside Fastify and the driver alone.
// node bench/app-read.mjs; BENCH_ROUNDS (default 7) rounds of BENCH_SECONDS (default 3) for each side and route.
// BENCH_SERVER=real takes the database server of the tests, which is slow; else a stand-in that answers at once.
import autocannon from 'autocannon';
import {
	PAGE_SIZE,
	PRODUCTS,
	readCpuMs,
	startBare,
	startFastDatabase,
	startRealDatabase,
	startShop,
} from './app/servers.mjs';
import {printTable} from './backup/harness.mjs';
import {describeMachine, formatRange, machine, summarize} from './measure.mjs';

const AT_LEAST = 0.75;
const MOST_CPU_MS = 0.15;
const WARM_UP_SECONDS = 3;
const ROUTES = ['/api/products', '/api/products/product-01000'];

const isReal = process.env.BENCH_SERVER === 'real';
// The server of the tests needs more than the second that a page may take when twenty ask at once.
const CONNECTIONS = isReal ? 2 : 20;
const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);

const database = await (isReal ? startRealDatabase() : startFastDatabase());
const running = [];
const results = [];
try {
	const sides = [
		{name: 'bare', ...(await keep(startBare(database)))},
		{name: 'shop', ...(await keep(startShop(database)))},
		{name: 'shop, log to /dev/null', ...(await keep(startShop(database, {hasLog: true})))},
	];
	await assertSameAnswers(sides);
	for (const route of ROUTES) for (const side of sides) await load(side, route, WARM_UP_SECONDS);
	for (const route of ROUTES) results.push(...(await compare(sides, route)));
} finally {
	for (const {stop} of running) await stop();
	await database.stop();
}
report();

async function keep(starting) {
	const server = await starting;
	running.push(server);
	return server;
}

/** Round by round, so that a slow minute of the machine slows all sides. */
async function compare(sides, route) {
	const runs = new Map(sides.map(({name}) => [name, []]));
	for (let round = 0; round < rounds; round++)
		for (const side of round % 2 === 0 ? sides : sides.toReversed())
			runs.get(side.name).push(await load(side, route, seconds));
	const bare = runs.get('bare');
	return sides.map(({name}) => {
		const own = runs.get(name);
		return {
			route,
			name,
			perSecond: summarize(own.map((run) => run.perSecond)),
			cpuMs: summarize(own.map((run) => run.cpuMs)),
			// Of each round its own, so that what slowed both sides of it cancels out.
			ratio: summarize(own.map((run, round) => run.perSecond / bare[round].perSecond)),
			moreCpuMs: summarize(own.map((run, round) => run.cpuMs - bare[round].cpuMs)),
		};
	});
}

async function load({url, pid}, route, duration) {
	const before = await readCpuMs(pid);
	const result = await autocannon({url: `${url}${route}`, connections: CONNECTIONS, duration});
	const cpu = (await readCpuMs(pid)) - before;
	const answered = result['2xx'];
	if (result.errors + result.timeouts + result.non2xx > 0 || answered === 0)
		throw new Error(`${url}${route}: ${result.errors} errors, answers ${JSON.stringify(result.statusCodeStats)}`);
	return {perSecond: answered / result.duration, cpuMs: cpu / answered};
}

async function assertSameAnswers([bare, ...shops]) {
	for (const route of ROUTES) {
		const wanted = await (await fetch(`${bare.url}${route}`)).text();
		if (wanted.length < 100) throw new Error(`The bare server answers ${wanted}`);
		for (const {url} of shops) {
			const text = await (await fetch(`${url}${route}`)).text();
			if (text !== wanted) throw new Error(`${route} is answered ${text} where the bare server says ${wanted}`);
		}
	}
}

function report() {
	const server = isReal ? 'the server of the tests' : 'a stand-in that answers at once';
	console.log(`${describeMachine()}; ${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections`);
	console.log(`${PRODUCTS} products, pages of ${PAGE_SIZE}; the database is ${server}`);
	printTable(
		['route', 'what', 'requests/s', 'of bare', 'CPU ms a request', 'beyond bare'],
		results.map(({route, name, perSecond, cpuMs, ratio, moreCpuMs}) => [
			route,
			name,
			formatRange(perSecond),
			...(name === 'bare'
				? ['', formatRange(cpuMs, 1, 3), '']
				: [formatRange(ratio, 1, 2), formatRange(cpuMs, 1, 3), formatRange(moreCpuMs, 1, 3)]),
		]),
	);
	console.log(`wanted: at least ${AT_LEAST} of bare, at most ${MOST_CPU_MS} ms beyond it`);
	const wanted = {ratio: AT_LEAST, moreCpuMs: MOST_CPU_MS};
	console.log(JSON.stringify({bench: 'app-read', server, rounds, seconds, machine: machine(), wanted, results}));
	const shops = results.filter(({name}) => name === 'shop');
	if (shops.some(({ratio, moreCpuMs}) => ratio.median < AT_LEAST || moreCpuMs.median > MOST_CPU_MS))
		process.exitCode = 1;
}
