// Speed and memory of backups, both sides in one run: each engine of ours against the same work done bare.
// node bench/backup.mjs [megabytes…]      default 200; BENCH_ROUNDS (default 3) rounds, the median counts
import {bundle, median, printTable, runChild, withDatabase} from './backup/harness.mjs';

const sizes = process.argv.slice(2).map(Number);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const {officialTools} = await bundle('test/support/mongo-tools.ts');
const mongodump = officialTools()?.mongodump;
const contenders = [
	{name: 'bare driver loop', mode: 'bare-driver'},
	{name: 'sastaops, built-in', mode: 'builtin', against: 'bare driver loop', atLeast: 0.85},
	...(mongodump
		? [
				{name: 'bare mongodump', mode: 'bare-mongodump'},
				{name: 'sastaops, mongodump', mode: 'mongodump', against: 'bare mongodump', atLeast: 0.8},
			]
		: []),
];

const results = [];
for (const megabytes of sizes.length > 0 ? sizes : [200]) {
	await withDatabase(megabytes, async (database) => {
		const runs = new Map(contenders.map(({name}) => [name, []]));
		// Round by round, so that a slow minute of the machine slows all of them.
		for (let round = 0; round < rounds; round++) {
			for (const {name, mode} of contenders) runs.get(name).push(await runChild(mode, {...database, mongodump}));
		}
		for (const {name, against, atLeast} of contenders) {
			const ms = median(runs.get(name).map((run) => run.ms));
			const peakMb = Math.max(...runs.get(name).map((run) => run.peakMb));
			const ratio = against === undefined ? undefined : median(runs.get(against).map((run) => run.ms)) / ms;
			results.push({megabytes, name, ms, megabytesPerSecond: database.bytes / 1000 / ms, peakMb, ratio, atLeast});
		}
	});
}

printTable(
	['data MB', 'what', 'seconds', 'MB/s', 'peak MB', 'of bare', 'wanted'],
	results.map((row) => [
		row.megabytes,
		row.name,
		(row.ms / 1000).toFixed(2),
		row.megabytesPerSecond.toFixed(0),
		row.peakMb.toFixed(0),
		row.ratio?.toFixed(2) ?? '',
		row.atLeast ?? '',
	]),
);
console.log(JSON.stringify({bench: 'backup', rounds, results}));
