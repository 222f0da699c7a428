// One contender, measured: prints {ms, peakMb} as its last line.
import {spawn} from 'node:child_process';
import {createWriteStream} from 'node:fs';
import {mkdtemp, open, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {MongoClient} from 'mongodb';
import {bundle} from './harness.mjs';

const [mode, json] = process.argv.slice(2);
const {uri, name, mongodump} = JSON.parse(json);
const folder = await mkdtemp(join(tmpdir(), 'sastaops-bench-'));
const contenders = {
	'bare-driver': bareDriver,
	'bare-mongodump': bareMongodump,
	builtin: () => ours('builtin'),
	mongodump: () => ours('mongodump'),
};

try {
	const ms = await contenders[mode]();
	console.log(JSON.stringify({ms, peakMb: process.resourceUsage().maxRSS / 1000}));
} finally {
	await rm(folder, {recursive: true, force: true});
}

/** What anybody would write: raw documents of each collection through gzip into a file, and an fsync. */
async function bareDriver() {
	const client = await MongoClient.connect(uri);
	const db = client.db(name);
	const started = performance.now();
	const file = join(folder, 'bare.gz');
	const documents = async function* () {
		for (const {name: collection} of await db.listCollections().toArray()) {
			yield* db.collection(collection).find({}, {raw: true, batchSize: 5000});
		}
	};
	await pipeline(inBatches(documents()), createGzip(), createWriteStream(file, {flush: true}));
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
	const [{createBackup}, {openMongo}, {makeTestHost}] = await Promise.all([
		bundle('src/backup/create.ts'),
		bundle('src/ports/mongo.ts'),
		bundle('test/support/host.ts'),
	]);
	const host = makeTestHost();
	const mongo = await openMongo(uri, host);
	const started = performance.now();
	const manifest = await createBackup(
		{
			mongo,
			database: name,
			lineage: 'bench',
			store: join(folder, 'store'),
			id: 'bench',
			engine,
			mongodump: mongodump ?? [],
			timeoutMs: 3_600_000,
		},
		host,
	);
	const ms = performance.now() - started;
	if (manifest.verified?.depth !== 'full') throw new Error('not verified');
	await mongo.close();
	return ms;
}
