import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Database} from '../../src/local/database.js';
import {privateServer} from '../support/mongo.js';
import {startCli} from '../support/run-cli.js';
import {GSTIN_MIGRATION} from '../support/shop-files.js';
import {makeShop, type ShopWorld} from '../support/shop-world.js';

const PASSWORD = 'p@ss/wörd-"quoted"-5150';
const TOKEN = `ghp_${'Zz9'.repeat(12)}`;
const API_KEY = 'open sesame & more';

/** Every form in which one of the secrets could be read by whoever finds it. */
const FORMS = [PASSWORD, TOKEN, API_KEY].flatMap((secret) => [
	secret,
	JSON.stringify(secret).slice(1, -1),
	encodeURIComponent(secret),
	Buffer.from(secret).toString('base64').replace(/=+$/, ''),
]);

/** Prints all it was given, plainly, in base64 and URL-encoded, and fails: the worst a deploy script can do. */
const LEAKY = `
const all = [process.env.MONGODB_URI, process.env.GITHUB_TOKEN, process.env.SHOP_API_KEY];
for (const value of all) {
	console.log(value);
	console.error(Buffer.from(value).toString('base64'), encodeURIComponent(value), JSON.stringify({value}));
}
process.exit(process.env.DEPLOY_FAILS ? 1 : 0);
`;

let server: Database;
let shop: ShopWorld;
beforeAll(async () => {
	server = await privateServer({auth: {user: 'asha', password: PASSWORD}});
	shop = await makeShop({
		mongoUri: server.uri,
		orders: 10,
		files: {'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION, 'deploy.mjs': LEAKY},
		config: `shop:\n  headers: {X-Api-Key: "\${SHOP_API_KEY}"}\nrelease:\n  checks: [node deploy.mjs]\n  deploy: {command: node deploy.mjs}\n`,
		env: {GITHUB_TOKEN: TOKEN, SHOP_API_KEY: API_KEY},
	});
});
afterAll(async () => {
	await shop.close();
	await server.stop();
});

function assertSecretFree(text: string, where: string): void {
	for (const form of FORMS) expect(text.includes(form), `${where} holds ${form}`).toBe(false);
}

/** The command lines of every process below one, now. */
async function argvBelow(pid: number): Promise<string[]> {
	const found: string[] = [];
	const queue = [pid];
	for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
		const [argv, children] = await Promise.all([
			readFile(`/proc/${next}/cmdline`, 'utf8').catch(() => ''),
			readFile(`/proc/${next}/task/${next}/children`, 'utf8').catch(() => ''),
		]);
		found.push(argv);
		queue.push(...children.trim().split(' ').filter(Boolean).map(Number));
	}
	return found;
}

async function filesBelow(folder: string): Promise<string[]> {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => []);
	return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Runs a command to its end while every argv below it is looked at. */
async function watch(args: readonly string[], env: Record<string, string> = {}) {
	const run = startCli(shop, args, env);
	const seen = new Set<string>();
	let isOver = false;
	const watching = (async () => {
		while (!isOver) for (const argv of await argvBelow(run.child.pid ?? 0)) seen.add(argv);
	})();
	const result = await run.ended;
	isOver = true;
	await watching;
	for (const argv of seen) assertSecretFree(argv, `the argv ${argv.slice(0, 60)}`);
	assertSecretFree(result.stdout, `stdout of ${args.join(' ')}`);
	assertSecretFree(result.stderr, `stderr of ${args.join(' ')}`);
	expect(seen.size).toBeGreaterThan(0);
	return result;
}

describe('no secret is ever shown or written', () => {
	it('by the notes of a release whose author wrote one into a message', async () => {
		await shop.commit(`fix: rotate ${TOKEN}`);
		const cut = await watch(['release', 'create', '0.9.0', '--yes', '--json', '--no-github'], {
			SASTAOPS_FAULT: 'tag.after=kill',
		});
		expect(cut.signal).toBe('SIGKILL');
		const before = await shop.git('cat-file', '-p', 'v0.9.0');
		await shop.git('tag', '--delete', 'v0.9.0');
		expect((await watch(['release', 'resume', '--json'])).exitCode).toBe(0);
		expect(await shop.git('cat-file', '-p', 'v0.9.0'), 'the tag that a resumed run makes').toBe(before);
	});

	it('by a release whose deploy prints them all and fails, and by going on', async () => {
		const cut = await watch(['release', 'create', '1.0.0', '--yes', '--verbose', '--no-github'], {DEPLOY_FAILS: '1'});
		expect(cut.exitCode, cut.stderr).toBe(4);
		const failed = await watch(
			['release', 'create', '1.0.0', '--yes', '--verbose', '--no-github', '--output', 'jsonl'],
			{
				SASTAOPS_FAULT: 'deploy.after=throw:DEPLOY_FAILED',
			},
		);
		expect(failed.exitCode, failed.stderr).toBe(5);
		expect(failed.stderr).toContain('***');
		const resumed = await watch(['release', 'resume', '--verbose']);
		expect(resumed.exitCode, resumed.stderr).toBe(0);
	});

	it.each([
		[['config', 'show', '--origin']],
		[['config', 'show', '--origin', '--json']],
		[['config', 'show', '--output', 'markdown']],
		[['release', 'status', '--json']],
		[['release', 'verify', '1.0.0', '--json']],
		[['release', 'list', '--json']],
		[['backup', 'list', '--json']],
	])('by %j', async (args) => {
		await watch(args);
	});

	it('by an error about the database', async () => {
		const wrong = {MONGODB_URI: server.uri.replace('asha', 'nobody')};
		const {exitCode} = await watch(['release', 'status', '--json'], wrong);
		expect(exitCode).toBe(6);
	});

	it('into any file, tag or record', async () => {
		const files = [
			...(await filesBelow(join(shop.cwd, '.sastaops'))),
			...(await filesBelow(join(shop.cwd, 'backups'))),
		];
		expect(files.length).toBeGreaterThan(3);
		for (const file of files) assertSecretFree(await readFile(file, 'latin1'), file);
		for (const file of files) assertSecretFree(await readFile(file, 'utf8'), file);
		assertSecretFree(await shop.git('cat-file', '-p', 'v1.0.0'), 'the tag');
		const state = shop.mongo.db(`${shop.database}_state`);
		for (const {name} of await state.listCollections().toArray())
			assertSecretFree(JSON.stringify(await state.collection(name).find().toArray()), `the state’s ${name}`);
	});
});
