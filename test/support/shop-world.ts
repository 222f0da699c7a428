import {execFile} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {appendFile, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {promisify} from 'node:util';
import type {Document} from 'mongodb';
import {databaseContent} from '../../src/backup/content.js';
import {listManifests} from '../../src/backup/store.js';
import {type Mongo, openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from './host.js';
import {testMongoUri} from './mongo.js';

const run = promisify(execFile);

/** The built binary, as a user starts it. */
export const BINARY = resolve('bin/sastaops.js');

export type CliResult = {
	/** Null when a signal ended it. */
	readonly exitCode: number | null;
	readonly signal: string | null;
	readonly stdout: string;
	readonly stderr: string;
};

export type ShopWorld = {
	/** The work tree. */
	readonly cwd: string;
	/** The bare remote. */
	readonly remote: string;
	readonly database: string;
	readonly mongo: Mongo;
	readonly env: Readonly<Record<string, string>>;
	git(...args: string[]): Promise<string>;
	/** Writes files, commits them with this message, and pushes. */
	commit(message: string, files?: Readonly<Record<string, string>>): Promise<string>;
	/** Runs the binary in the work tree; never rejects. */
	sastaops(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliResult>;
	/** What the world looks like, free of what differs between two equal runs. */
	snapshot(): Promise<WorldSnapshot>;
	close(): Promise<void>;
};

export type WorldSnapshot = {
	/** Refs on the remote; a tag by the commit it names and its message without the run. */
	readonly refs: Readonly<Record<string, string>>;
	/** Content hash of every collection of the shop's own. */
	readonly content: Readonly<Record<string, string>>;
	readonly migrations: readonly string[];
	readonly seeds: readonly string[];
	/** What each backup holds. */
	readonly backups: readonly string[];
};

export type ShopOptions = {
	/** Files of the first commit, beside sastaops.yaml. */
	readonly files?: Readonly<Record<string, string>>;
	/** Added to the configuration. */
	readonly config?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** @default 120 */
	readonly orders?: number;
	/** A server of the test's own. @default the shared one */
	readonly mongoUri?: string;
	/** Leaves the database out: `database: none`. @default false */
	readonly withoutDatabase?: boolean;
};

/** A repository with a bare remote, a database with orders and products, and a configuration: one shop of its own. */
export async function makeShop({
	files = {},
	config = '',
	env = {},
	orders = 120,
	mongoUri = testMongoUri(),
	withoutDatabase = false,
}: ShopOptions = {}): Promise<ShopWorld> {
	const root = await mkdtemp(join(tmpdir(), 'sastaops-shop-'));
	const cwd = join(root, 'shop');
	const remote = join(root, 'remote.git');
	const database = `shop_${randomBytes(5).toString('hex')}`;
	const mongo = await openMongo(mongoUri, makeTestHost());
	const environment = {
		...cleanEnvironment(),
		NODE_ENV: 'test',
		CI: 'true',
		MONGODB_URI: mongoUri,
		GIT_CONFIG_GLOBAL: '/dev/null',
		GIT_CONFIG_SYSTEM: '/dev/null',
		...env,
	};
	const git = async (...args: string[]) =>
		(await run('git', args, {cwd, env: environment, maxBuffer: 64 * 1024 * 1024})).stdout;

	await mkdir(cwd);
	await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote], {env: environment});
	await git('init', '--quiet', '--initial-branch=main');
	// Written at once, since each git process costs more than the whole file.
	await appendFile(
		join(cwd, '.git', 'config'),
		`[user]\n\tname = Asha\n\temail = asha@shop.example\n[commit]\n\tgpgsign = false\n` +
			`[remote "origin"]\n\turl = ${remote}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
	);

	const commit: ShopWorld['commit'] = async (message, changes = {}) => {
		for (const [path, content] of Object.entries(changes)) {
			await mkdir(join(cwd, path, '..'), {recursive: true});
			await writeFile(join(cwd, path), content);
		}
		await git('add', '--all');
		await git('commit', '--quiet', '--allow-empty', '--message', message);
		await git('push', '--quiet', 'origin', 'main');
		return (await git('rev-parse', 'HEAD')).trim();
	};
	const databaseConfig = withoutDatabase
		? 'database: none\n'
		: `database:\n  uri: \${MONGODB_URI}\n  name: ${database}\n  state: {name: ${database}_state}\n`;
	await commit('feat: open the shop', {
		'sastaops.yaml': `${databaseConfig}backup:\n  engine: builtin\n${config}`,
		'.gitignore': 'backups/\n',
		...files,
	});
	if (!withoutDatabase) await fillShop(mongo, database, orders);

	return {
		cwd,
		remote,
		database,
		mongo,
		env: environment,
		git,
		commit,
		sastaops: (args, extra = {}) => runBinary(args, {cwd, env: {...environment, ...extra}}),
		snapshot: () => takeSnapshot({mongo, database, remote, store: join(cwd, 'backups'), withoutDatabase}),
		close: async () => {
			await mongo.db(database).dropDatabase();
			await mongo.db(`${database}_state`).dropDatabase();
			await mongo.close();
			await rm(root, {recursive: true, force: true});
		},
	};
}

/** Runs the built binary to its end; a run that hangs is killed after two minutes. */
export function runBinary(
	args: readonly string[],
	options: {cwd: string; env: Readonly<Record<string, string>>},
): Promise<CliResult> {
	return new Promise((done) => {
		const child = execFile(
			process.execPath,
			[BINARY, ...args],
			{...options, timeout: 120_000, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024},
			(_error, stdout, stderr) => {
				done({exitCode: child.exitCode, signal: child.signalCode, stdout, stderr});
			},
		);
		child.stdin?.end();
	});
}

/** Orders with a paid total in paise, and products with the unique index a shop has. */
async function fillShop(mongo: Mongo, database: string, orders: number): Promise<void> {
	const db = mongo.db(database);
	const start = Date.parse('2026-01-01T00:00:00Z');
	await db.collection<Document>('orders').insertMany(
		Array.from({length: orders}, (_, index) => ({
			_id: index as never,
			userId: index % 7,
			totalPaise: 100 * index,
			status: 'paid',
			createdAt: new Date(start + index * 1000),
		})),
	);
	await db.collection('orders').createIndex({userId: 1, createdAt: -1});
	await db
		.collection<Document>('products')
		.insertMany(
			Array.from({length: 12}, (_, index) => ({_id: index as never, slug: `tea-${index}`, pricePaise: 9900, stock: 5})),
		);
	await db.collection('products').createIndex({slug: 1}, {unique: true});
}

async function takeSnapshot({
	mongo,
	database,
	remote,
	store,
	withoutDatabase,
}: {
	mongo: Mongo;
	database: string;
	remote: string;
	store: string;
	withoutDatabase: boolean;
}): Promise<WorldSnapshot> {
	const refs = await snapshotRefs(remote);
	if (withoutDatabase) return {refs, content: {}, migrations: [], seeds: [], backups: []};
	const db = mongo.db(database);
	const [contents, rows, seeds, manifests] = await Promise.all([
		databaseContent(db, makeTestHost()),
		db.collection('sastaops_migrations').find().sort({_id: 1}).toArray(),
		db.collection('sastaops_seeds').find().sort({seed: 1}).toArray(),
		listManifests(store),
	]);
	return {
		refs,
		// The rows carry dates, tokens and the run's name; they are told below.
		content: Object.fromEntries(
			contents
				.filter(({name}) => !name.startsWith('sastaops_'))
				.map((collection) => [collection.name, `${collection.documents} ${collection.contentHash}`]),
		),
		migrations: rows.map(
			({_id, state, checksum, direction, release}) => `${String(_id)} ${state} ${direction} ${release} ${checksum}`,
		),
		seeds: seeds.map(
			({seed, undoneAt, inserted}) =>
				`${seed} ${(inserted as unknown[]).length} ${undoneAt === null ? 'there' : 'undone'}`,
		),
		backups: manifests.map(({collections, verified}) => hash(JSON.stringify([collections, verified !== null]))).sort(),
	};
}

/** Refs without what differs between two equal worlds: commits are told by their subject. */
async function snapshotRefs(remote: string): Promise<Record<string, string>> {
	const format = ['%(refname)', '%(objecttype)', '%(contents:subject)', '%(*contents:subject)', '%(contents)'].join(
		'%00',
	);
	const {stdout} = await run('git', ['--git-dir', remote, 'for-each-ref', `--format=${format}%01`]);
	const refs = stdout
		.split('\x01')
		.map((line) => line.replace(/^\n/, ''))
		.filter((line) => line !== '' && !line.startsWith('refs/sastaops/'))
		.map((line) => {
			const [name = '', type = '', subject = '', peeled = '', contents = ''] = line.split('\0');
			const message = contents.replaceAll(/^Sastaops-(?:Run|Backup|Notes): .*\n?/gm, '').trim();
			return [name, type === 'tag' ? `at "${peeled}": ${message}` : `at "${subject}"`] as const;
		});
	return Object.fromEntries(refs);
}

function hash(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The environment without what would change how the binary behaves. */
function cleanEnvironment(): Record<string, string> {
	return Object.fromEntries(
		Object.entries(process.env).filter(
			(entry): entry is [string, string] =>
				entry[1] !== undefined &&
				!/^(?:GIT_|GITHUB_|GH_|SASTAOPS_|MONGODB_URI|NODE_OPTIONS|NO_COLOR|FORCE_COLOR|VITEST)/.test(entry[0]),
		),
	);
}
