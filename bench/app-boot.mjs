// From the start of `sastaops serve` to its first healthy answer, beyond what a bare driver needs to connect, ping and
// list indexes. node bench/app-boot.mjs; BENCH_ROUNDS (default 9) rounds. The database has its indexes already, as on
// any start but the first. BENCH_SERVER=real takes the database server of the tests; else a stand-in that answers at once.
import {fileURLToPath} from 'node:url';
import {startFastDatabase, startRealDatabase, startShop} from './app/servers.mjs';
import {printTable} from './backup/harness.mjs';
import {describeMachine, formatRange, interleave, machine, runProgram} from './measure.mjs';

const MOST_MS = 1500;
const CONNECT = fileURLToPath(new URL('./app/connect.mjs', import.meta.url));

const isReal = process.env.BENCH_SERVER === 'real';
const rounds = Number(process.env.BENCH_ROUNDS ?? 9);

const database = await (isReal ? startRealDatabase() : startFastDatabase());
try {
	await bootShop();
	const times = await interleave(
		[
			{
				name: 'bare driver',
				run: async () => void (await runProgram([process.execPath, CONNECT, database.uri, database.name])),
			},
			{name: 'shop', run: bootShop},
		],
		rounds,
	);
	const beyond = times.get('shop').median - times.get('bare driver').median;
	const server = isReal ? 'the server of the tests' : 'a stand-in that answers at once';
	console.log(`${describeMachine()}; ${rounds} rounds; the database is ${server}`);
	printTable(
		['what', 'ms: median (min–max)'],
		[...times].map(([name, range]) => [name, formatRange(range)]),
	);
	console.log(`beyond the bare driver: ${beyond.toFixed(0)} ms, wanted at most ${MOST_MS}`);
	const results = Object.fromEntries(times);
	console.log(JSON.stringify({bench: 'app-boot', server, rounds, machine: machine(), beyondMs: beyond, results}));
	if (beyond > MOST_MS) process.exitCode = 1;
} finally {
	await database.stop();
}

async function bootShop() {
	const {healthyAfterMs, stop} = await startShop(database);
	await stop();
	return healthyAfterMs;
}
