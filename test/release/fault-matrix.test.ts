/**
 * The promises of a release, and the test that breaks each.
 *
 * I1  never a migration without a verified backup older than it ........ test/e2e/crash-sweep (order of points), here: "a backup that was changed"
 * I2  the tag is absent, or the one object of the journal for ever ..... test/e2e/lying-remote, test/e2e/crash-sweep, test/e2e/secrets (made again)
 * I3  one GitHub release a tag, published last ......................... test/e2e/github, test/e2e/crash-sweep
 * I4  resume ends in the world of an undisturbed run ................... test/e2e/crash-sweep, test/e2e/blind-killer, here: "another machine"
 * I5  abort ends in the world before, what stays is named .............. test/e2e/crash-sweep, test/e2e/release
 * I6  resume twice is once, abort twice is nothing to do ............... test/e2e/crash-sweep, here: "a run that has ended"
 * I7  never two runs at once ........................................... test/e2e/two-runs, test/ports/mongo-lease, test/ports/git-lease
 * I8  exit 0 when all is done and only then ............................ test/e2e/crash-sweep, test/e2e/bad-input
 * I9  no secret in journal, log, argv, tag ............................. test/e2e/secrets, test/kernel/redact
 * I10 somebody else's tag, release, lease is never touched ............. test/e2e/lying-remote, test/e2e/github, test/e2e/two-runs
 *
 * boundary                      K kill            S signal           N/X refused          U told and not done
 * before L                      bad-input         bad-input          –                    –
 * L taken, no journal           two-runs          bad-input          –                    –
 * pid reused, other host        two-runs          –                  –                    –
 * P plan                        crash-sweep       here               bad-input            here (config, HEAD, migration)
 * B backup, rename, disk full   backup/create     crash-sweep        here (database)      –
 * V verify                      here              crash-sweep        –                    –
 * M migrations                  migrate/apply     crash-sweep        migrate/apply        migrate/apply
 * T tag and push                lying-remote      two-runs           lying-remote         lying-remote
 * R, A, U GitHub                crash-sweep       crash-sweep        e2e/github           e2e/github
 * D unlock                      crash-sweep       crash-sweep        hold-lease           –
 * journal itself                journal/*         two-runs           here (full disk)     journal (mirror)
 */
import {execFile, spawn} from 'node:child_process';
import {readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {describe, expect, it, onTestFinished} from 'vitest';
import {privateServer} from '../support/mongo.js';
import {startCli} from '../support/run-cli.js';
import {GSTIN_MIGRATION} from '../support/shop-files.js';
import {BINARY, makeShop, runBinary, type ShopOptions, type ShopWorld} from '../support/shop-world.js';

const exec = promisify(execFile);
const CREATE = ['release', 'create', '1.0.0', '--yes', '--json'];
const MIGRATIONS = {'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION};

type Answer = {
	readonly exitCode: number;
	readonly outcome?: string;
	readonly error?: {readonly code: string; readonly message: string; readonly details?: string[]};
};

async function openShop(options: ShopOptions = {}): Promise<ShopWorld> {
	const shop = await makeShop({orders: 10, ...options});
	onTestFinished(shop.close);
	return shop;
}

async function type(shop: ShopWorld, args: readonly string[], env: Record<string, string> = {}): Promise<Answer> {
	const {stdout, stderr} = await shop.sastaops([...args, '--json'], env);
	expect(stdout, stderr).not.toBe('');
	return JSON.parse(stdout) as Answer;
}

const resume = (shop: ShopWorld, env: Record<string, string> = {}) => type(shop, ['release', 'resume'], env);

async function cutAt(shop: ShopWorld, point: string): Promise<void> {
	expect((await shop.sastaops(CREATE, {SASTAOPS_FAULT: `${point}=kill`})).signal).toBe('SIGKILL');
}

async function journalOf({cwd}: ShopWorld): Promise<string> {
	const folder = join(cwd, '.sastaops', 'runs');
	const [name] = (await readdir(folder)).filter((file) => file.endsWith('.jsonl'));
	return join(folder, name ?? '');
}

describe('what a plan was made from changes between crash and resume', () => {
	it('the configuration: resume refuses until it is as it was, abort still works', async () => {
		const shop = await openShop();
		await cutAt(shop, 'backup.before');
		const config = await readFile(join(shop.cwd, 'sastaops.yaml'), 'utf8');
		await writeFile(join(shop.cwd, 'sastaops.yaml'), `${config}release: {sign: true}\n`);
		const stale = await resume(shop);
		expect(stale).toMatchObject({exitCode: 5, error: {code: 'PLAN_STALE'}});
		expect(stale.error?.details?.join()).toContain('sastaops.yaml has changed');
		await writeFile(join(shop.cwd, 'sastaops.yaml'), `# only a comment\n${config}`);
		expect(await resume(shop)).toMatchObject({outcome: 'completed'});
	});

	it('HEAD: resume refuses and names the commit', async () => {
		const shop = await openShop();
		const planned = await shop.git('rev-parse', '--short=7', 'HEAD');
		await cutAt(shop, 'tag.before');
		await shop.commit('feat: too late');
		const stale = await resume(shop);
		expect(stale).toMatchObject({exitCode: 5, error: {code: 'PLAN_STALE'}});
		expect(stale.error?.details?.join()).toContain(`git switch --detach ${planned.trim()}`);
		await shop.git('switch', '--quiet', '--detach', planned.trim());
		expect(await resume(shop)).toMatchObject({outcome: 'completed'});
	});

	it('a migration’s file: resume refuses before it is run', async () => {
		const shop = await openShop({files: MIGRATIONS});
		await cutAt(shop, 'backup.before');
		await writeFile(join(shop.cwd, 'migrations', '0001-add-gstin.mjs'), `${GSTIN_MIGRATION}\n// edited\n`);
		expect(await resume(shop)).toMatchObject({exitCode: 5, error: {code: 'PLAN_CHANGED'}});
		expect((await shop.snapshot()).migrations).toEqual([]);
		await shop.git('checkout', '--quiet', '--', 'migrations');
		expect(await resume(shop)).toMatchObject({outcome: 'completed'});
	});

	it('a backup that was changed between being made and being verified stops the run before any migration', async () => {
		const shop = await openShop({files: MIGRATIONS});
		await cutAt(shop, 'verify-backup.before');
		const [archive = ''] = (await readdir(join(shop.cwd, 'backups'))).filter((name) => name.endsWith('.archive.gz'));
		const file = join(shop.cwd, 'backups', archive);
		const bytes = await readFile(file);
		bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
		await writeFile(file, bytes);
		expect(await resume(shop)).toMatchObject({exitCode: 5});
		expect((await shop.snapshot()).migrations).toEqual([]);
	});
});

describe('a run that has ended', () => {
	it('is never resumed or aborted again', async () => {
		const shop = await openShop();
		await cutAt(shop, 'tag.before');
		expect(await resume(shop)).toMatchObject({outcome: 'completed'});
		const done = await shop.snapshot();
		expect(await resume(shop)).toMatchObject({exitCode: 4, error: {code: 'NO_OPEN_RUN'}});
		expect(await type(shop, ['release', 'abort', '--yes'])).toMatchObject({exitCode: 0, outcome: 'nothing'});
		expect(await shop.snapshot()).toEqual(done);
	});

	it('told to stop before it was begun was never there', async () => {
		const shop = await openShop({config: 'release: {checks: ["sleep 30"]}\n'});
		const run = startCli(shop, CREATE);
		await new Promise((done) => setTimeout(done, 1200));
		run.child.kill('SIGTERM');
		const {exitCode} = await run.ended;
		expect(exitCode).toBe(143);
		expect(await type(shop, ['release', 'status'])).toMatchObject({exitCode: 0, open: null});
		expect((await shop.snapshot()).backups).toEqual([]);
	});
});

describe('the machine that began a run is gone', () => {
	it('another goes on with it, from the state database alone', async () => {
		const shop = await openShop({files: MIGRATIONS});
		const undisturbed = await openShop({files: MIGRATIONS});
		expect((await undisturbed.sastaops(CREATE)).exitCode).toBe(0);
		await cutAt(shop, 'migrate:0001-add-gstin.after');
		const elsewhere = join(shop.cwd, '..', 'elsewhere');
		await shop.git('clone', '--quiet', shop.remote, elsewhere);
		await exec('git', ['config', 'user.name', 'Ravi'], {cwd: elsewhere});
		await exec('git', ['config', 'user.email', 'ravi@shop.example'], {cwd: elsewhere});
		const leases = shop.mongo.db(`${shop.database}_state`).collection('leases');
		await leases.updateOne({}, {$set: {'holder.host': 'the-machine-that-died'}});
		const there = async (...args: string[]) =>
			JSON.parse((await runBinary([...args, '--json'], {cwd: elsewhere, env: shop.env})).stdout) as Answer & {
				holder?: {id: string};
			};

		expect(await there('release', 'resume')).toMatchObject({exitCode: 4, error: {code: 'LEASE_HELD'}});
		const {holder} = await there('release', 'status');
		expect(await there('release', 'unlock', holder?.id ?? '')).toMatchObject({exitCode: 0});
		expect(await there('release', 'resume')).toMatchObject({exitCode: 0, outcome: 'completed'});

		const {backups: _here, ...end} = await shop.snapshot();
		const {backups: _there, ...wanted} = await undisturbed.snapshot();
		expect(end).toEqual(wanted);
		const tag = await shop.git('--git-dir', shop.remote, 'cat-file', '-p', 'v1.0.0');
		expect(tag).toContain('tagger Asha <asha@shop.example>');
		expect(tag).toContain('Sastaops-Backup: sha256:');
		// And the machine that died, come back, sees that all is done.
		expect(await type(shop, ['release', 'status'])).toMatchObject({exitCode: 0, open: null});
	});

	it('without a database its journal is gone with it, and nobody claims otherwise', async () => {
		const shop = await openShop({withoutDatabase: true});
		await cutAt(shop, 'push.after');
		await rm(join(shop.cwd, '.sastaops'), {recursive: true});
		expect(await resume(shop)).toMatchObject({exitCode: 4, error: {code: 'NO_OPEN_RUN'}});
		expect(await type(shop, ['release', 'create', '1.0.0', '--yes'])).toMatchObject({exitCode: 4});
	});
});

describe('the journal', () => {
	it('damaged in its middle is refused by all that would go on, and named', async () => {
		const shop = await openShop();
		await cutAt(shop, 'push.before');
		const file = await journalOf(shop);
		const bytes = await readFile(file);
		bytes[200] = (bytes[200] ?? 0) ^ 1;
		await writeFile(file, bytes);
		for (const args of [['resume'], ['abort', '--yes'], ['status']])
			expect(await type(shop, ['release', ...args]), args.join()).toMatchObject({
				exitCode: 4,
				error: {code: 'JOURNAL_DAMAGED', message: expect.stringContaining('at record 1')},
			});
		expect(await type(shop, ['release', 'create', '2.0.0', '--yes'])).toMatchObject({exitCode: 4});
		// Moved aside, the copy in the state database is as good.
		await rm(file);
		expect(await resume(shop)).toMatchObject({outcome: 'completed'});
	});

	it.runIf(process.getuid?.() === 0)('on a full disk stops the release; with room it goes on', async () => {
		const shop = await openShop();
		const folder = join(shop.cwd, '.sastaops');
		await exec('mkdir', ['-p', folder]);
		// Room for the plan with its long notes, and for some records after it: two pages beside what fills the rest.
		await shop.commit(`feat: ${'long '.repeat(1260)}`);
		await exec('mount', ['-t', 'tmpfs', '-o', 'size=20k', 'tmpfs', folder]);
		try {
			await writeFile(join(folder, '.gitignore'), '*\n');
			await writeFile(join(folder, 'filler'), Buffer.alloc(8192));
			const full = await shop.sastaops(CREATE);
			expect(JSON.parse(full.stdout)).toMatchObject({error: {code: 'JOURNAL_UNWRITABLE'}});
			expect(full.exitCode).toBe(5);
			expect((await shop.snapshot()).refs).not.toHaveProperty('refs/tags/v1.0.0');
			await exec('mount', ['-o', 'remount,size=2m', folder]);
			expect(await resume(shop)).toMatchObject({outcome: 'completed'});
		} finally {
			await exec('umount', ['-l', folder]);
		}
	});
});

describe('the surroundings fail in the middle', () => {
	it('the database: the run stops as one that is open, and goes on when it is back', async () => {
		const {mkdtemp} = await import('node:fs/promises');
		const {tmpdir} = await import('node:os');
		const storagePath = await mkdtemp(join(tmpdir(), 'sastaops-lost-'));
		const first = await privateServer({storagePath});
		const uri = `${first.uri}&serverSelectionTimeoutMS=500`;
		const shop = await makeShop({orders: 10, mongoUri: uri, files: MIGRATIONS});
		const run = startCli(shop, CREATE, {SASTAOPS_FAULT: 'migrate:0001-add-gstin.before=stop'});
		await run.stopped();
		await first.kill();
		run.child.kill('SIGCONT');
		const {stdout, stderr} = await run.ended;
		expect(JSON.parse(stdout), stderr).toMatchObject({exitCode: 5, error: {code: 'DATABASE_UNREACHABLE'}});

		const second = await privateServer({storagePath, port: Number(new URL(first.uri).port)});
		onTestFinished(async () => {
			await shop.close();
			await second.stop();
			await rm(storagePath, {recursive: true, force: true});
		});
		expect(await resume(shop)).toMatchObject({outcome: 'completed'});
	});

	it.each([
		['a day ahead', 86_400_000],
		['a day back', -86_400_000],
	])('the clock jumps %s between crash and resume: nothing changes', async (_where, jumpMs) => {
		const shop = await openShop({files: MIGRATIONS});
		await cutAt(shop, 'migrate:0001-add-gstin.before');
		const code = `const now = Date.now; Date.now = () => now() + (${jumpMs});`;
		const jumped = {NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}`};
		expect(await resume(shop, jumped)).toMatchObject({outcome: 'completed'});
		expect(await type(shop, ['release', 'status'])).toMatchObject({exitCode: 0, open: null});
		expect(await type(shop, ['release', 'verify', '1.0.0'])).toMatchObject({verdict: 'pass'});
	});

	it('whoever reads our output goes away: the release goes on to its end', async () => {
		const shop = await openShop();
		const script = '"$0" "$@" 2>&1 | head -1';
		const child = spawn(
			'sh',
			['-c', script, process.execPath, BINARY, 'release', 'create', '1.0.0', '--yes', '--verbose'],
			{
				cwd: shop.cwd,
				env: {...shop.env, SASTAOPS_FAULT: 'tag.before=sleep:300'},
				stdio: ['ignore', 'ignore', 'ignore'],
			},
		);
		await new Promise((done) => child.once('close', done));
		await expect.poll(async () => (await type(shop, ['release', 'status'])).exitCode, {timeout: 20_000}).toBe(0);
		expect((await shop.snapshot()).refs).toHaveProperty('refs/tags/v1.0.0');
	});
});
