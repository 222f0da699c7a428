import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it, onTestFinished} from 'vitest';
import {type Production, startProduction} from '../support/production.js';
import {GSTIN_MIGRATION} from '../support/shop-files.js';
import {makeShop, type ShopWorld, type WorldSnapshot} from '../support/shop-world.js';
import {chooseSeed, inParallel, makeRandom, sample} from '../support/sweep.js';

const CONTRACT = GSTIN_MIGRATION.replace("'expand'", "'contract'");

type Scene = {readonly shop: ShopWorld; readonly production: Production; readonly before: WorldSnapshot};

/** 1.0.0 and 1.1.0 are out, 1.1.0 with a migration; since then two orders, a view and a collection were made. */
async function openScene(migration: string): Promise<Scene> {
	const production = await startProduction();
	const shop = await makeShop({config: production.config, orders: 40});
	await expectDone(shop, ['release', 'create', '1.0.0', '--yes', '--json']);
	const before = await shop.snapshot();
	await shop.commit('feat: gstin', {'migrations/0001-add-gstin.mjs': migration});
	await expectDone(shop, ['release', 'create', '1.1.0', '--yes', '--json']);
	const db = shop.mongo.db(shop.database);
	await db.collection<{_id: number}>('orders').insertMany([
		{_id: 9001, userId: 1, totalPaise: 129_900, status: 'paid', createdAt: new Date()},
		{_id: 9002, userId: 2, totalPaise: 49_900, status: 'created', createdAt: new Date()},
	] as never);
	await db.collection('orders').updateOne({_id: 5 as never}, {$set: {status: 'shipped'}});
	await db.collection('wishes').insertOne({createdAt: new Date()});
	await db.createCollection('paid', {viewOn: 'orders', pipeline: [{$match: {status: 'paid'}}]});
	return {shop, production, before};
}

async function closeScene({shop, production}: Scene): Promise<void> {
	await shop.close();
	await production.close();
}

async function openForTest(migration: string): Promise<Scene> {
	const scene = await openScene(migration);
	onTestFinished(() => closeScene(scene));
	return scene;
}

async function expectDone(shop: ShopWorld, args: readonly string[]): Promise<string> {
	const {exitCode, stdout, stderr} = await shop.sastaops(args);
	expect(exitCode, `${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
	return stdout;
}

async function collectionNames(shop: ShopWorld): Promise<string[]> {
	const listed = await shop.mongo.db(shop.database).listCollections({}, {nameOnly: true}).toArray();
	return listed.map(({name}) => name).sort();
}

function rollbackArgs(shop: ShopWorld, version = '1.0.0'): string[] {
	return ['release', 'rollback', version, '--confirm', shop.database, '--yes', '--json'];
}

describe('release rollback', () => {
	it('leaves the data where the old code can read it', async () => {
		const {shop, production} = await openForTest(GSTIN_MIGRATION);

		const stdout = await expectDone(shop, ['release', 'rollback', '1.0.0', '--yes', '--json']);

		expect(JSON.parse(stdout)).toMatchObject({outcome: 'completed', data: null});
		expect(await production.live()).toBe('1.0.0');
		expect(await shop.mongo.db(shop.database).collection('orders').countDocuments()).toBe(42);
	});

	it('brings data, indexes and code back, exports what is lost, and can itself be rolled back', async () => {
		const {shop, production, before} = await openForTest(CONTRACT);
		const after11 = await shop.snapshot();

		const stdout = await expectDone(shop, rollbackArgs(shop));

		const {data, run} = JSON.parse(stdout) as {data: {safetyBackup: string}; run: string};
		const back = await shop.snapshot();
		expect(back.content).toEqual(before.content);
		expect(back.migrations).toEqual([]);
		expect(await production.live()).toBe('1.0.0');
		expect(await collectionNames(shop)).toEqual(['orders', 'products', 'sastaops_control']);
		expect(await shop.mongo.db(shop.database).collection('products').indexExists('slug_1')).toBe(true);
		const folder = join(shop.cwd, '.sastaops', 'rollbacks', run);
		expect((await readdir(folder)).sort()).toEqual(['orders.jsonl', 'sastaops_migrations.jsonl', 'wishes.jsonl']);
		expect(await readFile(join(folder, 'orders.jsonl'), 'utf8')).toContain('"9001"');

		await expectDone(shop, [...rollbackArgs(shop, '1.1.0'), '--data', 'restore', '--backup', data.safetyBackup]);
		expect((await shop.snapshot()).content).toEqual(after11.content);
		expect(await production.live()).toBe('1.1.0');
		expect(await collectionNames(shop)).toContain('paid');
	});
});

describe('a rollback that is refused or only planned', () => {
	// None of these changes anything, which is what most of them say; the last one damages the backup.
	let scene: Scene;
	beforeAll(async () => {
		scene = await openScene(CONTRACT);
	});
	afterAll(() => closeScene(scene));

	it('refuses to leave data that the old code cannot read, and changes nothing', async () => {
		const {shop, production} = scene;
		const snapshot = await shop.snapshot();

		const refused = await shop.sastaops(['release', 'rollback', '1.0.0', '--data', 'keep', '--yes', '--json']);

		expect(JSON.parse(refused.stdout)).toMatchObject({exitCode: 4, error: {code: 'SCHEMA_AHEAD'}});
		expect(await production.live()).toBe('1.1.0');
		expect(await shop.snapshot()).toEqual(snapshot);
	});

	it('lists the orders that would be lost before it asks, and needs the database named', async () => {
		const {shop} = scene;

		const planned = JSON.parse(await expectDone(shop, ['release', 'rollback', '1.0.0', '--dry-run', '--json']));
		const unnamed = await shop.sastaops(['release', 'rollback', '1.0.0', '--yes']);

		expect(planned).toMatchObject({outcome: 'planned', writes: {orderCount: 2, totalPaise: 179_800}});
		expect(planned.writes.orders.map(({id}: {id: string}) => id)).toEqual(['9002', '9001']);
		expect(unnamed.exitCode).toBe(2);
		expect(unnamed.stderr).toContain(`--confirm ${shop.database}`);
		expect(unnamed.stderr).toContain('9001');
	});

	it('names versions that exist when asked for one that does not', async () => {
		const {shop} = scene;

		const unknown = await shop.sastaops(['release', 'rollback', '0.9.0', '--yes', '--json']);

		expect(JSON.parse(unknown.stdout)).toMatchObject({exitCode: 4, error: {code: 'ROLLBACK_UNKNOWN'}});
		expect(unknown.stdout).toContain('1.1.0, 1.0.0');
	});

	it('finds a damaged backup before anything is touched', async () => {
		const {shop, production} = scene;
		const snapshot = await shop.snapshot();
		const {plan} = JSON.parse(await expectDone(shop, ['release', 'rollback', '1.0.0', '--dry-run', '--json'])) as {
			plan: {data: {backup: string}};
		};
		const archive = join(shop.cwd, 'backups', `${plan.data.backup}.archive.gz`);
		const {open} = await import('node:fs/promises');
		const file = await open(archive, 'r+');
		await file.write(Buffer.from([0xff]), 0, 1, 300);
		await file.close();

		const refused = await shop.sastaops(rollbackArgs(shop));

		expect(JSON.parse(refused.stdout)).toMatchObject({error: {code: 'BACKUP_CORRUPT'}});
		expect({...(await shop.snapshot()), backups: []}).toEqual({...snapshot, backups: []});
		expect(await production.live()).toBe('1.1.0');
	});
});

describe('a rollback of data that is cut anywhere', () => {
	const random = makeRandom(chooseSeed('rollback sweep'));
	let points: string[] = [];

	beforeAll(async () => {
		const scene = await openScene(CONTRACT);
		const trace = join(scene.shop.cwd, '..', 'trace');
		const {exitCode} = await scene.shop.sastaops(rollbackArgs(scene.shop), {SASTAOPS_FAULT_TRACE: trace});
		expect(exitCode).toBe(0);
		points = (await readFile(trace, 'utf8'))
			.trim()
			.split('\n')
			.filter((point) => !point.startsWith('lease.before'));
		await closeScene(scene);
	});

	it('ends, after resume, with the data of the backup and the old code', async () => {
		expect(points).toContain('rename.before@1');
		await inParallel(sample(points, 2, random), 2, async (point) => {
			const scene = await openScene(CONTRACT);
			const {shop, production, before} = scene;
			const cut = await shop.sastaops(rollbackArgs(shop), {SASTAOPS_FAULT: `${point}=kill`});
			expect(cut.signal, point).toBe('SIGKILL');
			const resumed = await shop.sastaops(['release', 'resume', '--json']);
			if (resumed.exitCode !== 0) {
				expect(JSON.parse(resumed.stdout), `${point}\n${resumed.stderr}`).toMatchObject({error: {code: 'NO_OPEN_RUN'}});
				if ((await production.live()) !== '1.0.0') await expectDone(shop, rollbackArgs(shop));
			}
			expect((await shop.snapshot()).content, point).toEqual(before.content);
			expect(await production.live(), point).toBe('1.0.0');
			expect(await collectionNames(shop), point).toEqual(['orders', 'products', 'sastaops_control']);
			expect(
				await shop.mongo
					.db(shop.database)
					.collection('sastaops_control')
					.findOne({_id: 'maintenance' as never}),
				point,
			).toMatchObject({on: false});
			await closeScene(scene);
		});
	}, 1_800_000);

	it('ends, after abort, with the data that was live, and writes allowed', async () => {
		const undeployed = points.slice(points.indexOf('run.begin.after@1'), points.indexOf('deploy.before@1'));
		// The last record before it says that the deployment is meant; an abort refuses from there on.
		const early = undeployed.slice(0, undeployed.findLastIndex((point) => point.startsWith('journal.write@')) + 1);
		await inParallel(sample(early, 1, random), 2, async (point) => {
			const scene = await openScene(CONTRACT);
			const {shop, production} = scene;
			const live = await shop.snapshot();
			const names = (await collectionNames(shop)).filter((name) => name !== 'sastaops_control');
			await shop.sastaops(rollbackArgs(shop), {SASTAOPS_FAULT: `${point}=kill`});
			await expectDone(shop, ['release', 'abort', '--yes', '--json']);
			const end = await shop.snapshot();
			expect({content: end.content, migrations: end.migrations}, point).toEqual({
				content: live.content,
				migrations: live.migrations,
			});
			expect(
				(await collectionNames(shop)).filter((name) => name !== 'sastaops_control'),
				point,
			).toEqual(names);
			expect(await production.live(), point).toBe('1.1.0');
			const control = await shop.mongo
				.db(shop.database)
				.collection('sastaops_control')
				.findOne({_id: 'maintenance' as never});
			expect(control?.['on'] ?? false, point).toBe(false);
			await closeScene(scene);
		});
	}, 1_800_000);
});
