// How long a scrape and a report hold the event loop up, and what counting costs a request: node bench/scrape.mjs
import {rm} from 'node:fs/promises';
import {pathToFileURL} from 'node:url';
import {bundleFile, printTable} from './backup/harness.mjs';
import {describeMachine, formatRange, machine, summarize} from './measure.mjs';

const MOST_MS = 20;
const rounds = Number(process.env.BENCH_ROUNDS ?? 30);
const subject = await bundleFile('bench/scrape/subject.ts');
try {
	const {openScrape, openHistory, openCounting} = await import(pathToFileURL(subject).href);
	const scrape = openScrape();
	const {report} = openHistory();
	const text = await scrape.text();
	const results = [
		{name: 'GET /metrics', ...(await blocking(scrape.text)), atMost: MOST_MS},
		{
			name: 'GET /metrics, OpenMetrics',
			...(await blocking(async () => scrape.toOpenMetrics(await scrape.text()))),
			atMost: MOST_MS,
		},
		{name: 'GET /api/metrics, 30 days of 4 processes', ...(await blocking(async () => report())), atMost: MOST_MS},
	];
	const perRequest = [
		{name: 'Prometheus', us: perCall(scrape.count)},
		{name: 'roll-ups', us: perCall(openCounting())},
	];
	scrape.close();
	const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
	console.log(`${describeMachine()}; ${rounds} rounds; ${series} series, ${Math.round(text.length / 1024)} KiB`);
	printTable(
		['what', 'loop held, ms: median (min–max)', 'at most'],
		results.map(({name, atMost, ...range}) => [name, formatRange(range, 1, 1), atMost]),
	);
	printTable(
		['counting a request', 'µs'],
		perRequest.map(({name, us}) => [name, us.toFixed(2)]),
	);
	console.log(JSON.stringify({bench: 'scrape', rounds, series, machine: machine(), results, perRequest}));
	if (results.some(({median, atMost}) => median > atMost)) process.exitCode = 1;
} finally {
	await rm(subject, {force: true});
}

/** The longest time between two turns of the event loop while `work` runs. */
async function blocking(work) {
	const longest = [];
	for (let round = 0; round < rounds; round++) {
		let isOver = false;
		let most = 0;
		let last = performance.now();
		const turn = () => {
			const now = performance.now();
			most = Math.max(most, now - last);
			last = now;
			if (!isOver) setImmediate(turn);
		};
		setImmediate(turn);
		await work();
		isOver = true;
		await new Promise((resolve) => setImmediate(resolve));
		longest.push(most);
	}
	return summarize(longest);
}

function perCall(work, calls = 500_000) {
	for (let call = 0; call < 10_000; call++) work();
	const started = performance.now();
	for (let call = 0; call < calls; call++) work();
	return ((performance.now() - started) * 1000) / calls;
}
