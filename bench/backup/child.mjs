// One contender, measured: prints {ms, peakMb} as its last line.
import {spawn} from 'node:child_process';
import {createWriteStream} from 'node:fs';
import {mkdtemp, open, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {pathToFileURL} from 'node:url';
import {createGzip} from 'node:zlib';

const [mode, json] = process.argv.slice(2);
const options = JSON.parse(json);
const {uri, name, mongodump, subject} = options;
const folder = await mkdtemp(join(tmpdir(), 'sastaops-bench-'));
const contenders = {
	nothing: nothing,
	'bare-driver': () => bareDriver({}),
	'bare-driver-4': () => bareDriver({level: 4}),
	'bare-mongodump': bareMongodump,
	builtin: () => ours('builtin'),
	mongodump: () => ours('mongodump'),
	verify,
};

try {
	const result = await contenders[mode]();
	const {maxRSS, userCPUTime, systemCPUTime} = process.resourceUsage();
	console.log(
		JSON.stringify({
			...(typeof result === 'number' ? {ms: result} : result),
			peakMb: maxRSS / 1000,
			cpuMs: (userCPUTime + systemCPUTime) / 1000,
		}),
	);
} finally {
	await rm(folder, {recursive: true, force: true});
}

/** The driver loaded and connected, and nothing done: the memory everything else starts from. */
async function nothing() {
	const {MongoClient} = await import('mongodb');
	const client = await MongoClient.connect(uri);
	await client.close();
	return 1;
}

/** What anybody would write: raw documents of each collection through gzip into a file, and an fsync. */
async function bareDriver(gzip) {
	const {MongoClient} = await import('mongodb');
	const client = await MongoClient.connect(uri);
	const db = client.db(name);
	const started = performance.now();
	const file = join(folder, 'bare.gz');
	const documents = async function* () {
		for (const {name: collection} of await db.listCollections().toArray()) {
			yield* db.collection(collection).find({}, {raw: true, batchSize: 5000});
		}
	};
	await pipeline(inBatches(documents()), createGzip(gzip), createWriteStream(file, {flush: true}));
	const ms = performance.now() - started;
	await client.close();
	return ms;
}

/** Single documents would make gzip, not the driver, the slow side. */
async function* inBatches(documents) {
	let batch = [];
	for await (const document of documents) {
		batch.push(document);
		if (batch.length < 1000) continue;
		yield Buffer.concat(batch);
		batch = [];
	}
	yield Buffer.concat(batch);
}

async function bareMongodump() {
	const config = join(folder, 'config.yaml');
	await writeFile(config, JSON.stringify({uri}), {mode: 0o600});
	const started = performance.now();
	const file = await open(join(folder, 'bare.gz'), 'w');
	const [program, ...args] = mongodump;
	const child = spawn(program, [...args, `--config=${config}`, `--db=${name}`, '--archive', '--gzip'], {
		stdio: ['ignore', file.fd, 'ignore'],
	});
	const code = await new Promise((resolve) => child.once('close', resolve));
	if (code !== 0) throw new Error(`mongodump exited with ${code}`);
	await file.sync();
	await file.close();
	return performance.now() - started;
}

async function ours(engine) {
	const {timeBackup} = await import(pathToFileURL(subject).href);
	return timeBackup({uri, name, folder, engine, mongodump: mongodump ?? []});
}

async function verify() {
	const {timeVerification} = await import(pathToFileURL(subject).href);
	return timeVerification(options.folder);
}
