import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {type RunningCli, startCli} from '../support/run-cli.js';
import {GSTIN_MIGRATION} from '../support/shop-files.js';
import {makeShop, type ShopOptions, type ShopWorld} from '../support/shop-world.js';
import {IS_FULL} from '../support/sweep.js';

const CREATE = ['release', 'create', '1.0.0', '--yes', '--json'];
const MIGRATIONS = {'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION};

type Answer = {
	readonly exitCode: number;
	readonly outcome?: string;
	readonly holder?: {readonly id: string} | null;
	readonly error?: {readonly code: string; readonly hint: string; readonly details?: string[]};
};

async function openShop(options: ShopOptions = {}): Promise<ShopWorld> {
	const shop = await makeShop({orders: 10, ...options});
	onTestFinished(shop.close);
	return shop;
}

/** A run that is stopped (SIGSTOP) at a point; it is killed with the test. */
async function stopAt(shop: ShopWorld, point: string, args: readonly string[] = CREATE): Promise<RunningCli> {
	const run = startCli(shop, args, {SASTAOPS_FAULT: `${point}=stop`});
	onTestFinished(() => void run.child.kill('SIGKILL'));
	await run.stopped();
	return run;
}

async function type(shop: ShopWorld, ...args: string[]): Promise<Answer> {
	return JSON.parse((await shop.sastaops([...args, '--json'])).stdout) as Answer;
}

async function breakLease(shop: ShopWorld): Promise<void> {
	const {holder} = await type(shop, 'release', 'status');
	expect(await type(shop, 'release', 'unlock', holder?.id ?? '')).toMatchObject({exitCode: 0});
}

async function answerOf(run: RunningCli): Promise<Answer> {
	return JSON.parse((await run.ended).stdout) as Answer;
}

describe('two runs at once', () => {
	const tries = IS_FULL ? 100 : 1;

	it(`one wins and the other changes nothing, ${tries} times`, async () => {
		for (let attempt = 0; attempt < tries; attempt++) {
			const shop = await makeShop({orders: 4, files: MIGRATIONS});
			const both = await Promise.all([shop.sastaops(CREATE), shop.sastaops(CREATE)]);
			const answers = both.map(({stdout}) => JSON.parse(stdout) as Answer);
			const winners = answers.filter(({exitCode}) => exitCode === 0);
			const losers = answers.filter(({exitCode}) => exitCode === 4);
			expect([winners.length, losers.length], JSON.stringify(answers)).toEqual([1, 1]);
			// Too late for the preflight, too late for the lease, or so late that all was over.
			expect(['LEASE_HELD', 'PREFLIGHT_FAILED', 'PLAN_OUTDATED']).toContain(losers[0]?.error?.code);
			const {migrations, backups} = await shop.snapshot();
			expect(migrations).toHaveLength(1);
			expect(backups).toHaveLength(1);
			const tried = await shop.mongo.db(shop.database).collection('orders').countDocuments({tries: 1});
			expect(tried).toBe(4);
			await shop.close();
		}
	}, 1_800_000);

	it('a resume beside the run it would resume is refused, and names it', async () => {
		const shop = await openShop();
		const run = await stopAt(shop, 'backup.before');
		for (const args of [['resume'], ['abort', '--yes'], ['create', '2.0.0', '--yes']]) {
			const {exitCode, error} = await type(shop, 'release', ...args);
			expect(exitCode, args.join(' ')).toBe(4);
			expect(['LEASE_HELD', 'PREFLIGHT_FAILED']).toContain(error?.code);
			expect(JSON.stringify(error)).toContain(`pid ${run.child.pid}`);
		}
		run.child.kill('SIGCONT');
		expect(await answerOf(run)).toMatchObject({outcome: 'completed', exitCode: 0});
	});
});

describe('a process that slept while its lease was broken', () => {
	it.each([
		['its backup', 'backup.before'],
		['a migration', 'migrate:0001-add-gstin.before'],
		['its push', 'push.before'],
	])('stops before %s without any further effect', async (_what, point) => {
		const shop = await openShop({files: MIGRATIONS});
		const run = await stopAt(shop, point);
		await breakLease(shop);
		const before = await shop.snapshot();

		run.child.kill('SIGCONT');

		expect(await answerOf(run)).toMatchObject({exitCode: 5, error: {code: 'LEASE_LOST'}});
		expect(await shop.snapshot()).toEqual(before);
		expect(await type(shop, 'release', 'resume')).toMatchObject({outcome: 'completed', exitCode: 0});
	});

	it('finds that another has finished its run, and adds nothing to its journal', async () => {
		const shop = await openShop();
		const run = await stopAt(shop, 'tag.before');
		await breakLease(shop);
		expect(await type(shop, 'release', 'resume')).toMatchObject({outcome: 'completed'});
		const done = await shop.snapshot();

		run.child.kill('SIGCONT');

		expect(await answerOf(run)).toMatchObject({exitCode: 5, error: {code: 'LEASE_LOST'}});
		expect(await shop.snapshot()).toEqual(done);
		expect(await type(shop, 'release', 'status')).toMatchObject({exitCode: 0, open: null});
	});

	it('on the git remote’s lease, asked once a second, stops as well', async () => {
		const shop = await openShop({withoutDatabase: true});
		const run = await stopAt(shop, 'tag.before');
		await breakLease(shop);
		await new Promise((done) => setTimeout(done, 1000));

		run.child.kill('SIGCONT');

		expect(await answerOf(run)).toMatchObject({exitCode: 5, error: {code: 'LEASE_LOST'}});
		expect((await shop.snapshot()).refs).not.toHaveProperty('refs/tags/v1.0.0');
		expect(await type(shop, 'release', 'resume')).toMatchObject({outcome: 'completed'});
	});
});

describe('a lease of another kind of holder', () => {
	it('of a process that died here is taken over, and said so', async () => {
		const shop = await openShop();
		await shop.sastaops(CREATE, {SASTAOPS_FAULT: 'backup.before=kill'});
		const resumed = await shop.sastaops(['release', 'resume', '--json']);
		expect(resumed.exitCode).toBe(0);
		expect(resumed.stderr).toContain('which is dead');
	});

	it('taken and never used for a journal leaves nothing behind', async () => {
		const shop = await openShop();
		await shop.sastaops(CREATE, {SASTAOPS_FAULT: 'lease.after=kill'});
		expect(await type(shop, 'release', 'status')).toMatchObject({exitCode: 0, open: null, holder: null});
		expect(await type(shop, 'release', 'resume')).toMatchObject({exitCode: 4, error: {code: 'NO_OPEN_RUN'}});
		expect(await type(shop, ...CREATE.slice(0, -1))).toMatchObject({outcome: 'completed'});
	});

	it.each([
		['on another machine', {'holder.host': 'ci-runner-7'}],
		['whose pid has been given to another process', {'holder.pid': process.pid}],
	])('%s is respected only where it may still live', async (where, change) => {
		const shop = await openShop();
		await shop.sastaops(CREATE, {SASTAOPS_FAULT: 'backup.before=kill'});
		const leases = shop.mongo.db(`${shop.database}_state`).collection('leases');
		await leases.updateOne({}, {$set: change});

		const resumed = await type(shop, 'release', 'resume');

		if (where === 'on another machine') {
			expect(resumed).toMatchObject({exitCode: 4, error: {code: 'LEASE_HELD'}});
			expect(resumed.error?.hint).toContain('release unlock');
			await leases.updateOne({}, {$set: {expiresAt: 0}});
			expect(await type(shop, 'release', 'resume')).toMatchObject({outcome: 'completed'});
		} else expect(resumed).toMatchObject({outcome: 'completed'});
	});

	it('is broken by its id alone', async () => {
		const shop = await openShop();
		const run = await stopAt(shop, 'backup.before');
		expect(await type(shop, 'release', 'unlock', 'someone')).toMatchObject({exitCode: 4, error: {code: 'LEASE_OTHER'}});
		run.child.kill('SIGCONT');
		expect(await answerOf(run)).toMatchObject({outcome: 'completed'});
		expect(await type(shop, 'release', 'unlock', 'someone')).toMatchObject({exitCode: 0, holder: null});
	});
});

describe('being told to stop', () => {
	it('once ends the step at work, and begins no other', async () => {
		const shop = await openShop();
		const run = await stopAt(shop, 'tag.before');
		run.child.kill('SIGTERM');
		run.child.kill('SIGCONT');
		expect((await run.ended).exitCode).toBe(143);
		expect(await shop.git('tag')).toBe('v1.0.0\n');
		expect((await shop.snapshot()).refs).not.toHaveProperty('refs/tags/v1.0.0');
		expect(await type(shop, 'release', 'resume')).toMatchObject({outcome: 'completed'});
	});

	it('twice ends it now, its journal whole', async () => {
		const shop = await openShop({config: 'release:\n  checks: []\n'});
		const run = startCli(shop, CREATE, {SASTAOPS_FAULT: 'backup.before=sleep:60000'});
		const journal = join(shop.cwd, '.sastaops', 'runs');
		await expect
			.poll(() => shop.mongo.db(`${shop.database}_state`).collection('journal').countDocuments(), {timeout: 30_000})
			.toBe(2);
		run.child.kill('SIGTERM');
		// Two signals of a kind that come at once are one.
		await expect.poll(run.said, {timeout: 10_000}).toContain('once more: stop now');
		run.child.kill('SIGTERM');
		const {exitCode, signal} = await run.ended;
		expect([exitCode, signal]).toEqual([143, null]);
		const [open] = (await import('node:fs')).readdirSync(journal);
		expect(await readFile(join(journal, open ?? ''), 'utf8')).toMatch(/\n$/);
		expect(await type(shop, 'release', 'resume')).toMatchObject({outcome: 'completed'});
	});
});
