// What the gateway costs a request, beside no proxy and beside the bare library it is made of: node bench/gateway.mjs
// BENCH_ROUNDS (default 5) rounds of BENCH_SECONDS (default 3) for each side.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import autocannon from 'autocannon';
import {request} from 'undici';
import {readCpuMs} from './app/servers.mjs';
import {printTable} from './backup/harness.mjs';
import {describeMachine, formatRange, machine, summarize} from './measure.mjs';

const AT_LEAST = 0.5;
const CONNECTIONS = 20;
const RATE = 400;
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const SERVER = fileURLToPath(new URL('gateway/server.mjs', import.meta.url));
const SASTAOPS = fileURLToPath(new URL('../bin/sastaops.js', import.meta.url));

const children = [];
const folder = await mkdtemp(join(tmpdir(), 'sastaops-bench-gateway-'));
try {
	// One for both sides: a second process would take its time from the others.
	const backend = await startServer('backend');
	const bare = await startServer('bare', backend.url);
	const gateway = await startGateway(backend.url);
	const sides = [
		{name: 'direct', ...backend},
		{name: 'httpxy alone', ...bare},
		{name: 'gateway, 25 % canary', ...gateway},
	];
	for (const side of sides) await load(side, {duration: 2});
	report(await compare(sides, {}), await compare(sides, {overallRate: RATE}));
} finally {
	for (const child of children) child.kill('SIGKILL');
	await rm(folder, {recursive: true, force: true});
}

/** Round by round, so that a slow minute of the machine slows all sides. */
async function compare(sides, how) {
	const runs = new Map(sides.map(({name}) => [name, []]));
	for (let round = 0; round < rounds; round++)
		for (const side of round % 2 === 0 ? sides : sides.toReversed()) runs.get(side.name).push(await load(side, how));
	return sides.map(({name}) => {
		const own = runs.get(name);
		const alone = runs.get('httpxy alone');
		const of = (pick) => summarize(own.map(pick));
		return {
			name,
			perSecond: of((run) => run.perSecond),
			cpuMs: of((run) => run.cpuMs),
			p50: of((run) => run.p50),
			p99: of((run) => run.p99),
			ofAlone: of((run, round) => run.perSecond / alone[round].perSecond),
		};
	});
}

async function load({url, pid}, {overallRate, duration = seconds}) {
	const before = await readCpuMs(pid);
	let next = 0;
	const result = await autocannon({
		url: `${url}/api/products`,
		connections: CONNECTIONS,
		duration,
		...(overallRate === undefined ? {} : {overallRate}),
		requests: [{setupRequest: (each) => ({...each, headers: {cookie: `sid=session-${next++ % 5000}`}})}],
	});
	const cpu = (await readCpuMs(pid)) - before;
	if (result.errors + result.timeouts + result.non2xx > 0) throw new Error(`${url}: ${JSON.stringify(result)}`);
	const answered = result['2xx'];
	return {
		perSecond: answered / result.duration,
		cpuMs: cpu / answered,
		p50: result.latency.p50,
		p99: result.latency.p99,
	};
}

async function startServer(...args) {
	const child = spawn(process.execPath, [SERVER, ...args], {stdio: ['ignore', 'pipe', 'inherit', 'ipc']});
	children.push(child);
	const [port] = await once(child.stdout, 'data');
	return {url: `http://127.0.0.1:${Number(String(port))}`, pid: child.pid};
}

async function startGateway(url) {
	const [port, admin] = [await freePort(), await freePort()];
	const args = ['--listen', `127.0.0.1:${port}`, '--stable', url, '--canary', url, '--admin', `127.0.0.1:${admin}`];
	const child = spawn(process.execPath, [SASTAOPS, 'gateway', ...args, '--quiet'], {cwd: folder, stdio: 'ignore'});
	children.push(child);
	const split = JSON.stringify({share: 0.25, leaseMs: 3_600_000, owner: 'bench'});
	for (let tries = 0; ; tries++) {
		const put = request(`http://127.0.0.1:${admin}/split`, {
			method: 'PUT',
			headers: {'content-type': 'application/json'},
			body: split,
		});
		const status = await put.then(({statusCode, body}) => body.dump().then(() => statusCode)).catch(() => undefined);
		if (status === 200) return {url: `http://127.0.0.1:${port}`, pid: child.pid};
		if (tries > 200) throw new Error('the gateway did not start');
		await new Promise((done) => setTimeout(done, 50));
	}
}

async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address();
	server.close();
	await once(server, 'close');
	return port;
}

function report(most, steady) {
	console.log(`${describeMachine()}; ${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections`);
	printTable(
		['as fast as it goes', 'requests/s', 'of httpxy alone', 'CPU ms a request', 'p50 ms', 'p99 ms'],
		most.map(({name, perSecond, ofAlone, cpuMs, p50, p99}) => [
			name,
			formatRange(perSecond),
			formatRange(ofAlone, 1, 2),
			formatRange(cpuMs, 1, 3),
			formatRange(p50, 1, 1),
			formatRange(p99, 1, 1),
		]),
	);
	printTable(
		[`at ${RATE} requests/s`, 'p50 ms', 'p99 ms', 'CPU ms a request'],
		steady.map(({name, p50, p99, cpuMs}) => [
			name,
			formatRange(p50, 1, 1),
			formatRange(p99, 1, 1),
			formatRange(cpuMs, 1, 3),
		]),
	);
	const gateway = most.at(-1);
	console.log(`wanted: at least ${AT_LEAST} of httpxy alone`);
	console.log(JSON.stringify({bench: 'gateway', rounds, seconds, machine: machine(), atLeast: AT_LEAST, most, steady}));
	if (gateway.ofAlone.median < AT_LEAST) process.exitCode = 1;
}
