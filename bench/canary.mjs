// How often a good canary is sent back, and how many requests a bad one serves before it is: ours, and the rules of Kayenta,
// Flagger and Argo Rollouts tuned to the same false alarms, on the same simulated traffic: node bench/canary.mjs
import {rm} from 'node:fs/promises';
import {pathToFileURL} from 'node:url';
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads';
import {bundleFile, printTable} from './backup/harness.mjs';
import {describeMachine, machine} from './measure.mjs';

/** Simulated canaries for a false-alarm rate, and for a detection. */
const RUNS = Number(process.env.BENCH_RUNS ?? 2000);
const DETECTIONS = Math.max(20, Math.round(RUNS / 10));
const MOST_FALSE = 0.01;
const THREADS = Number(process.env.BENCH_THREADS ?? 2);

if (isMainThread) await main();
else await work();

async function main() {
	const subject = await bundleFile('bench/canary/subject.ts');
	try {
		const {P95_MS, BASE_ERRORS} = await import(pathToFileURL(subject).href);
		console.log(
			`${describeMachine()}; ${RUNS} canaries a false-alarm rate, ${DETECTIONS} a detection; 3 stages of 30 minutes, looked at every 5 s`,
		);
		const falseAlarms = [];
		for (const setting of [
			{name: 'no difference, 0.2 a second', rps: 0.2},
			{name: 'no difference, 2 a second', rps: 2},
			{name: 'no difference, 200 a second', rps: 200},
			{name: 'errors in clusters, counted by incident, 10 a second', rps: 10, clusters: 'once'},
			{name: 'errors in clusters, counters only, 10 a second', rps: 10, clusters: 'raw'},
			{name: 'sticky ramp, checkout 8 minutes later, 10 a second', rps: 10, checkoutLagMs: 480_000},
		]) {
			const runs = await simulateAll(subject, setting, RUNS, [['sastaops']]);
			const share = runs.filter(({sastaops}) => sastaops.isBack).length / runs.length;
			falseAlarms.push({...setting, share});
			console.error(`${setting.name}: ${percent(share)}`);
		}
		printTable(
			['false alarms over a whole canary', 'sent back', 'at most'],
			falseAlarms.map(({name, share}) => [name, percent(share), percent(MOST_FALSE)]),
		);

		const detections = [];
		for (const rps of [2, 10, 50]) {
			const rivals = await tune(subject, rps, {P95_MS, BASE_ERRORS});
			for (const [name, fault] of [
				['errors × 5', {errors: 5}],
				['p95 + 30 %', {latency: 1.3}],
			]) {
				const runs = await simulateAll(subject, {rps, fault}, DETECTIONS, [['sastaops'], ['strict'], ...rivals]);
				const of = (rule) => ({
					requests: median(runs.map((run) => run[rule].requests)),
					found: runs.filter((run) => run[rule].isBack).length / runs.length,
				});
				const row = {
					rps,
					fault: name,
					sastaops: of('sastaops'),
					strict: of('strict'),
					kayenta: of('kayenta'),
					flagger: of('flagger'),
					argo: of('argo'),
				};
				detections.push(row);
				console.error(JSON.stringify(row));
			}
		}
		const cell = ({requests, found}) => `${requests} (${percent(found)})`;
		printTable(
			[
				'requests served before rollback, median (found)',
				'sastaops',
				'without tolerance',
				'Kayenta',
				'Flagger',
				'Argo Rollouts',
				'of Kayenta’s',
				'of the fewest',
			],
			detections.map((row) => [
				`${row.fault}, ${row.rps} a second`,
				cell(row.sastaops),
				cell(row.strict),
				cell(row.kayenta),
				cell(row.flagger),
				cell(row.argo),
				`${(row.sastaops.requests / row.kayenta.requests).toFixed(2)}, ${(row.strict.requests / row.kayenta.requests).toFixed(2)}`,
				ratioOf(row).toFixed(2),
			]),
		);
		console.log(JSON.stringify({bench: 'canary', runs: RUNS, machine: machine(), falseAlarms, detections}));
		if (falseAlarms.some(({share}) => share > MOST_FALSE)) process.exitCode = 1;
	} finally {
		await rm(subject, {force: true});
	}
}

/** Ours to the fewest of the others. */
function ratioOf({sastaops, kayenta, flagger, argo}) {
	return sastaops.requests / Math.min(kayenta.requests, flagger.requests, argo.requests);
}

/** Each rival at the tightest setting whose false alarms are within ours. */
async function tune(subject, rps, {P95_MS, BASE_ERRORS}) {
	const choices = {
		kayenta: [0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999].map((confidence) => [confidence]),
		flagger: limits(BASE_ERRORS, P95_MS),
		argo: limits(BASE_ERRORS, P95_MS),
	};
	const rules = Object.entries(choices).flatMap(([name, settings]) =>
		settings.map((setting, index) => [`${name} ${index}`, name, ...setting]),
	);
	const runs = await simulateAll(subject, {rps}, Math.max(100, Math.round(RUNS / 4)), rules);
	return Object.entries(choices).map(([name, settings]) => {
		const index = settings.findIndex(
			(_, at) => runs.filter((run) => run[`${name} ${at}`].isBack).length / runs.length <= MOST_FALSE,
		);
		return [name, name, ...(settings[index] ?? settings.at(-1))];
	});
}

function limits(errors, p95) {
	return [1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50].map((factor) => [
		errors * factor,
		p95 * (1 + (factor - 1) / 5),
	]);
}

/** The runs are dealt out to threads; the same seeds whatever their number. */
async function simulateAll(subject, setting, count, rules) {
	const parts = await Promise.all(
		Array.from(
			{length: THREADS},
			(_, thread) =>
				new Promise((done, fail) => {
					const worker = new Worker(new URL(import.meta.url), {workerData: {subject, setting, count, rules, thread}});
					worker.once('message', done).once('error', fail);
				}),
		),
	);
	return parts.flat();
}

async function work() {
	const {subject, setting, count, rules, thread} = workerData;
	const {simulate, sastaops, strict, kayenta, flagger, argo} = await import(pathToFileURL(subject).href);
	const makers = {sastaops: () => () => sastaops(), strict: () => strict, kayenta, flagger, argo};
	const made = Object.fromEntries(rules.map(([name, kind = name, ...settings]) => [name, makers[kind](...settings)]));
	const runs = [];
	for (let run = thread; run < count; run += THREADS) runs.push(simulate(setting, 1000 + run, made));
	parentPort.postMessage(runs);
}

function median(values) {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function percent(share) {
	return `${(100 * share).toFixed(share < 0.1 ? 2 : 0)} %`;
}
