// Speed and memory of offline verification on one core: node bench/verify.mjs [megabytes]     default 500
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {bundleFile, printTable, runChild, withReplay} from './backup/harness.mjs';

const WANTED = 100;
const megabytes = Number(process.argv[2] ?? 500);
const folder = await mkdtemp(join(tmpdir(), 'sastaops-bench-'));
const subject = await bundleFile('bench/backup/subject.ts');
try {
	const {timeBackup} = await import(pathToFileURL(subject).href);
	await withReplay(megabytes, ({uri, name}) => timeBackup({uri, name, folder, engine: 'builtin', mongodump: []}));
	const {bytes, ms, cpuMs, peakMb} = await runChild('verify', {folder, subject});
	// Processor time is the time on one core, whatever else the machine does.
	const perCore = bytes / 1000 / cpuMs;
	printTable(
		['archive MB', 'seconds', 'CPU s', 'MB/s', 'MB/s of one core', 'wanted', 'peak MB'],
		[
			[
				(bytes / 1e6).toFixed(0),
				(ms / 1000).toFixed(2),
				(cpuMs / 1000).toFixed(2),
				(bytes / 1000 / ms).toFixed(0),
				perCore.toFixed(0),
				WANTED,
				peakMb.toFixed(0),
			],
		],
	);
	console.log(JSON.stringify({bench: 'verify', megabytes, bytes, ms, cpuMs, perCore, peakMb, atLeast: WANTED}));
} finally {
	await Promise.all([rm(subject, {force: true}), rm(folder, {recursive: true, force: true})]);
}
