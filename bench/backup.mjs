// Speed and memory of backups, both sides in one run: each engine of ours against the same work done bare.
// node bench/backup.mjs [megabytes…]      default 200; BENCH_ROUNDS (default 3) rounds, the median counts
// BENCH_ONLY=builtin,mongodump takes some of the contenders.
// BENCH_SERVER=real takes the database server of the tests, which is slow; else a server that answers from memory.
import {rm} from 'node:fs/promises';
import {bundle, bundleFile, median, printTable, runChild, withDatabase, withReplay} from './backup/harness.mjs';
import {withWarmTool} from './release/warm.mjs';

const sizes = process.argv.slice(2).map(Number);
const withServer = process.env.BENCH_SERVER === 'real' ? withDatabase : withReplay;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const {officialTools} = await bundle('test/support/mongo-tools.ts');
const mongodump = officialTools()?.mongodump;
const only = process.env.BENCH_ONLY?.split(',');
const contenders = [
	{name: 'driver connected', mode: 'nothing'},
	{name: 'bare driver loop', mode: 'bare-driver'},
	{name: 'same, gzip level 4', mode: 'bare-driver-4', against: 'bare driver loop'},
	{name: 'sastaops, built-in', mode: 'builtin', against: 'bare driver loop', atLeast: 0.85},
	...(mongodump
		? [
				{name: 'bare mongodump', mode: 'bare-mongodump'},
				{name: 'sastaops, mongodump', mode: 'mongodump', against: 'bare mongodump', atLeast: 0.8},
			]
		: []),
].filter(({mode}) => only === undefined || only.includes(mode));

const subject = await bundleFile('bench/backup/subject.ts');
const results = [];
for (const megabytes of sizes.length > 0 ? sizes : [200]) {
	await withServer(megabytes, async (database) => {
		const runs = new Map(contenders.map(({name}) => [name, []]));
		// Round by round, so that a slow minute of the machine slows all of them.
		await withWarmTool(contenders.some(({mode}) => mode.endsWith('mongodump')) ? mongodump : [], async () => {
			for (let round = 0; round < rounds; round++) {
				for (const {name, mode} of round % 2 === 0 ? contenders : contenders.toReversed())
					runs.get(name).push(await runChild(mode, {...database, mongodump, subject}));
			}
		});
		for (const {name, against, atLeast} of contenders) {
			const ms = median(runs.get(name).map((run) => run.ms));
			const peakMb = Math.max(...runs.get(name).map((run) => run.peakMb));
			const ratio = !runs.has(against) ? undefined : median(runs.get(against).map((run) => run.ms)) / ms;
			const cpuMs = median(runs.get(name).map((run) => run.cpuMs));
			results.push({
				megabytes,
				name,
				ms,
				cpuMs,
				megabytesPerSecond: database.bytes / 1000 / ms,
				peakMb,
				ratio,
				atLeast,
			});
		}
	});
}

await rm(subject);
printTable(
	['data MB', 'what', 'seconds', 'CPU s', 'MB/s', 'peak MB', 'of bare', 'wanted'],
	results.map((row) => [
		row.megabytes,
		row.name,
		(row.ms / 1000).toFixed(2),
		(row.cpuMs / 1000).toFixed(2),
		row.megabytesPerSecond.toFixed(0),
		row.peakMb.toFixed(0),
		row.ratio?.toFixed(2) ?? '',
		row.atLeast ?? '',
	]),
);
console.log(JSON.stringify({bench: 'backup', rounds, results}));
