import {existsSync} from 'node:fs';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {gunzipSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openMongo} from '../../src/ports/mongo.js';
import {hasTool, runMongorestore, startMongodump, uriWithoutDatabase} from '../../src/ports/mongo-tools.js';
import {makeTestHost} from '../support/host.js';
import {privateServer} from '../support/mongo.js';
import {officialTools} from '../support/mongo-tools.js';

describe('uriWithoutDatabase', () => {
	it.each([
		['mongodb://h/', 'mongodb://h/'],
		['mongodb://h', 'mongodb://h/'],
		['mongodb://h/shop', 'mongodb://h/'],
		['mongodb://h/shop?tls=true', 'mongodb://h/?tls=true'],
		['mongodb://u:p@h/shop', 'mongodb://u:p@h/?authSource=shop'],
		['mongodb://u:p@h/shop?tls=true', 'mongodb://u:p@h/?tls=true&authSource=shop'],
		['mongodb://u:p@h/shop?authSource=admin', 'mongodb://u:p@h/?authSource=admin'],
		['mongodb://u:p@a:1,b:2/shop?replicaSet=r', 'mongodb://u:p@a:1,b:2/?replicaSet=r&authSource=shop'],
		['mongodb+srv://u:p@cluster.example/', 'mongodb+srv://u:p@cluster.example/'],
	])('turns %s into %s', (uri, expected) => {
		expect(uriWithoutDatabase(uri)).toBe(expected);
	});
});

describe('a fake mongorestore', () => {
	let folder: string;
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'sastaops-tools-'));
		await writeFile(join(folder, 'archive'), Buffer.alloc(3_000_000));
	});
	afterEach(() => rm(folder, {recursive: true, force: true}));

	/** Runs `body` with `config` set to the path it was given. */
	async function restoreWith(body: string) {
		const script = join(folder, 'fake-mongorestore.mjs');
		await writeFile(
			script,
			`import {readFileSync, writeFileSync} from 'node:fs';
			const config = process.argv.find((word) => word.startsWith('--config=')).slice(9);
			writeFileSync(${JSON.stringify(join(folder, 'argv'))}, process.argv.join('\\n'));
			${body}`,
		);
		return runMongorestore(makeTestHost(), {
			argv: [process.execPath, script],
			uri: 'mongodb://shop:pass-word-1@127.0.0.1/',
			archive: join(folder, 'archive'),
			fromDatabase: 'shop',
			toDatabase: 'scratch',
			toPrefix: '',
			excludeCollections: ['sastaops_control'],
			timeoutMs: 5000,
		});
	}

	const closing = "console.error('5 document(s) restored successfully. 2 document(s) failed to restore.');";

	it('that reads everything is asked for its counts, failures too, though it exits 0', async () => {
		expect(await restoreWith(`process.stdin.resume(); process.stdin.on('end', () => {${closing}});`)).toEqual({
			restored: 5,
			failed: 2,
		});
		const argv = await readFile(join(folder, 'argv'), 'utf8');
		expect(argv).toContain('--stopOnError');
		expect(argv).toContain('--nsExclude=shop.sastaops_control');
		expect(argv).not.toContain('pass-word-1');
		expect(existsSync(/--config=(.+)/.exec(argv)?.[1] ?? '/')).toBe(false);
	});

	it.each([
		['says nothing of what it did', 'process.stdin.resume();', /did not say/],
		['stops reading and fails', "console.error('E11000'); process.exit(1);", /exited with 1/],
		['hangs', 'setInterval(() => {}, 1000);', /did not end in time/],
	])('that %s has failed', async (_what, body, message) => {
		await expect(restoreWith(body)).rejects.toMatchObject({
			code: 'MONGORESTORE_FAILED',
			exitCode: 6,
			message: expect.stringMatching(message),
		});
	});

	it('that prints its configuration has it masked', async () => {
		const printed = restoreWith("console.error(readFileSync(config, 'utf8')); process.exit(1);");
		const error = await printed.catch((reason: {details: readonly string[]}) => reason);
		expect(JSON.stringify(error)).toContain('mongodb://shop:***@127.0.0.1');
		expect(JSON.stringify(error)).not.toContain('pass-word-1');
	});
});

describe('hasTool', () => {
	it('is false for a program that is not there, and for one that fails', async () => {
		expect(await hasTool(makeTestHost(), ['no-such-mongodump'])).toBe(false);
		expect(await hasTool(makeTestHost(), [process.execPath, '-e', 'process.exit(1)', '--'])).toBe(false);
		expect(await hasTool(makeTestHost(), [process.execPath])).toBe(true);
	});
});

const tools = officialTools();

describe.skipIf(tools === undefined)('the official mongodump', () => {
	it('logs in with the password of the private file, the database of the address deciding who', async () => {
		const server = await privateServer({auth: {user: 'root', password: 'pa ss/word:1'}});
		try {
			const host = makeTestHost();
			const mongo = await openMongo(server.uri, host);
			await mongo.db('shop').collection('orders').insertOne({note: 'found me'});
			await mongo.close();
			const dump = await startMongodump(host, {
				argv: tools?.mongodump ?? [],
				uri: server.uri,
				database: 'shop',
				excludeCollections: [],
				excludePrefixes: [],
				timeoutMs: 60_000,
			});
			const [archive] = await Promise.all([buffer(dump.stream), dump.finished]);
			expect(gunzipSync(archive).includes('found me')).toBe(true);
		} finally {
			await server.stop();
		}
	});
});
