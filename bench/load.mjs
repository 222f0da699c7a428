// What the load generator itself costs, and how far it keeps its schedule, beside the bare driver; and its memory.
// node bench/load.mjs; BENCH_ROUNDS (default 5) rounds of BENCH_SECONDS (default 5) for each side. The database is a
// stand-in that answers at once, in a process of its own: it takes one of the machine's cores.
import {rm} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {startFastDatabase} from './app/servers.mjs';
import {describeMachine, machine, runProgram, summarize} from './measure.mjs';

const MOST_CPU = 1.15;
const LEAST_PUNCTUAL = 0.99;
const RECORDED = 10_000_000;
/** Of what a bare loop can do: two processes share the machine's two cores. */
const SHARE = 0.3;

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const root = at('..');
// Inside the package, where the worker of the built CLI is found from.
const subject = at('../dist/.bench-load.mjs');

await bundle('./load/subject.ts', subject);
const database = await startFastDatabase();
try {
	const bare = await run('./load/bare.mjs', 0);
	const saturation = bare.operations / bare.seconds;
	const rate = Math.round((saturation * SHARE) / 10) * 10;
	const sides = {ours: [], bare: []};
	for (let round = 0; round < rounds; round++) {
		const measure = {
			ours: async () => sides.ours.push(await run(subject, rate)),
			bare: async () => sides.bare.push(await run('./load/bare.mjs', rate)),
		};
		for (const side of round % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours']) await measure[side]();
	}
	const own = summarize(sides.ours.map(({generator}) => generator.cpuMsPerOperation));
	const other = summarize(sides.bare.map(({cpuMs, operations}) => cpuMs / operations));
	const punctual = summarize(sides.ours.map(({generator}) => generator.punctual));
	const highest = await highestTruthful(rate);
	const memory = await memoryOf();
	const ratio = own.median / other.median;
	console.table([
		{what: 'a bare driver loop, as fast as it can', value: `${Math.round(saturation)} a second`},
		{
			what: `CPU for an operation at ${rate} a second`,
			value: `${own.median.toFixed(3)} ms`,
			beside: `${other.median.toFixed(3)} ms`,
			ratio: ratio.toFixed(2),
			wanted: `≤ ${MOST_CPU}`,
			holds: ratio <= MOST_CPU,
		},
		{
			what: `begun within 5 ms at ${rate} a second`,
			value: `${(punctual.median * 100).toFixed(2)} % (${(punctual.min * 100).toFixed(2)}–${(punctual.max * 100).toFixed(2)})`,
			wanted: `≥ ${LEAST_PUNCTUAL * 100} %`,
			holds: punctual.median >= LEAST_PUNCTUAL,
		},
		{
			what: 'highest rate that is told truthfully',
			value: `${highest} a second`,
			beside: `${Math.round(saturation)}`,
			ratio: (highest / saturation).toFixed(2),
		},
		{
			what: `memory after ${RECORDED / 1e6} million records`,
			value: `${memory.afterMb.toFixed(1)} MB`,
			beside: `${memory.beforeMb.toFixed(1)} MB after 100,000`,
		},
	]);
	console.log(`${describeMachine()}; ${rounds} rounds of ${seconds} s, medians`);
	console.log(
		JSON.stringify({
			bench: 'load',
			machine: machine(),
			rate,
			saturation,
			ours: own,
			bare: other,
			ratio,
			punctual,
			highest,
			memory,
		}),
	);
	if (ratio > MOST_CPU || punctual.median < LEAST_PUNCTUAL) process.exitCode = 1;
} finally {
	await database.stop();
	await rm(subject, {force: true});
}

async function run(program, rate) {
	const path = program.startsWith('./') ? at(program) : program;
	return JSON.parse(
		await runProgram([process.execPath, path, database.uri, String(rate), String(seconds)], {cwd: root}),
	);
}

/** In steps of a tenth, from a rate that holds. */
async function highestTruthful(from) {
	let highest = 0;
	for (let rate = from; rate < from * 8; rate = Math.round(rate * 1.1)) {
		const {generator, total} = await run(subject, rate);
		if (!generator.isTruthful || total.failed > 0) break;
		highest = rate;
	}
	return highest;
}

/** Of one process that does nothing but count. */
async function memoryOf() {
	const file = at('../dist/.bench-record.mjs');
	await build({
		stdin: {
			contents: `
				import {makeTally} from './src/load/tally.ts';
				import {record} from './src/load/histogram.ts';
				const tally = makeTally(5);
				const count = (from, to) => {
					for (let at = from; at < to; at++) record(tally.response[at % 5], (at % 977) * 1.37);
				};
				count(0, 100_000);
				globalThis.gc();
				const beforeMb = process.memoryUsage().rss / 1e6;
				const began = performance.now();
				count(100_000, ${RECORDED});
				const ns = ((performance.now() - began) * 1e6) / ${RECORDED - 100_000};
				globalThis.gc();
				console.log(JSON.stringify({beforeMb, afterMb: process.memoryUsage().rss / 1e6, ns}));
			`,
			resolveDir: root,
		},
		outfile: file,
		bundle: true,
		format: 'esm',
		platform: 'node',
	});
	try {
		return JSON.parse(await runProgram([process.execPath, '--expose-gc', file]));
	} finally {
		await rm(file, {force: true});
	}
}

async function bundle(from, outfile) {
	await build({
		entryPoints: [at(from)],
		outfile,
		bundle: true,
		format: 'esm',
		platform: 'node',
		packages: 'external',
		logLevel: 'warning',
	});
}
