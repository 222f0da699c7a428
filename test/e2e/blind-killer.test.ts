import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {beforeAll, describe, expect, it} from 'vitest';
import {type Production, startProduction} from '../support/production.js';
import {type RunningCli, startCli} from '../support/run-cli.js';
import {CATEGORIES_SEED, GSTIN_MIGRATION} from '../support/shop-files.js';
import {makeShop, type ShopWorld, type WorldSnapshot} from '../support/shop-world.js';
import {chooseSeed, IS_FULL, inParallel, makeRandom} from '../support/sweep.js';

/**
 * Keeps the fault hook honest: the killer knows nothing of the points inside. It watches the journal's file grow, or a
 * clock, and sends SIGKILL.
 */
const CREATE = ['release', 'create', '1.0.0', '--yes', '--json'];

type Scene = {readonly shop: ShopWorld; readonly production: Production};
type End = WorldSnapshot & {readonly live: string};

async function openScene(): Promise<Scene> {
	const production = await startProduction();
	const shop = await makeShop({
		files: {'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION, 'seeds/0001-categories.mjs': CATEGORIES_SEED},
		config: production.config,
		orders: 60,
	});
	return {shop, production};
}

async function closeScene({shop, production}: Scene): Promise<void> {
	await shop.close();
	await production.close();
}

async function endOf({shop, production}: Scene): Promise<End> {
	return {...(await shop.snapshot()), live: await production.live()};
}

async function journalBytes({cwd}: ShopWorld): Promise<number> {
	const folder = join(cwd, '.sastaops', 'runs');
	const [file] = await readdir(folder).catch(() => []);
	return file === undefined ? 0 : (await stat(join(folder, file))).size;
}

/** Kills the run when its journal has grown `growths` times. */
async function killAtGrowth({child}: RunningCli, shop: ShopWorld, growths: number): Promise<void> {
	let size = 0;
	for (let grown = 0; grown < growths && child.exitCode === null; ) {
		const now = await journalBytes(shop);
		if (now > size) grown++;
		size = now;
		await delay(1);
	}
	child.kill('SIGKILL');
}

/** Types what a person would until the release is out; resolves to how the world then looks. */
async function recover(scene: Scene): Promise<End> {
	const {shop} = scene;
	const resumed = await shop.sastaops(['release', 'resume', '--json']);
	const {error} = JSON.parse(resumed.stdout) as {error?: {code: string}};
	if (error?.code === 'NO_OPEN_RUN') {
		if (!('refs/tags/v1.0.0' in (await shop.snapshot()).refs)) {
			const again = await shop.sastaops(CREATE);
			expect(again.exitCode, again.stdout + again.stderr).toBe(0);
		}
	} else expect(resumed.exitCode, resumed.stdout + resumed.stderr).toBe(0);
	return endOf(scene);
}

describe('a killer that sees nothing of the inside', () => {
	const random = makeRandom(chooseSeed('blind killer'));
	let undisturbed: End;
	let growths = 0;
	let durationMs = 0;

	beforeAll(async () => {
		const scene = await openScene();
		const startedMs = performance.now();
		const {exitCode, stdout, stderr} = await scene.shop.sastaops(CREATE);
		expect(exitCode, stdout + stderr).toBe(0);
		durationMs = performance.now() - startedMs;
		undisturbed = await endOf(scene);
		growths = Number(await scene.shop.mongo.db(`${scene.shop.database}_state`).collection('journal').countDocuments());
		await closeScene(scene);
	});

	it('at a growth of the journal leaves what resume finishes', async () => {
		const cases = Array.from({length: IS_FULL ? 50 : 1}, () => 1 + Math.floor(random() * growths));
		await inParallel(cases, 2, async (growth) => {
			const scene = await openScene();
			const run = startCli(scene.shop, CREATE);
			await killAtGrowth(run, scene.shop, growth);
			await run.ended;
			expect(await recover(scene), `killed after growth ${growth}`).toEqual(undisturbed);
			await closeScene(scene);
		});
	}, 1_800_000);

	it('at any time leaves what resume finishes', async () => {
		const cases = Array.from({length: IS_FULL ? 50 : 1}, () => Math.floor(random() * durationMs));
		await inParallel(cases, 2, async (afterMs) => {
			const scene = await openScene();
			const run = startCli(scene.shop, CREATE);
			await Promise.race([delay(afterMs), run.ended]);
			run.child.kill('SIGKILL');
			await run.ended;
			expect(await recover(scene), `killed after ${afterMs} ms`).toEqual(undisturbed);
			await closeScene(scene);
		});
	}, 1_800_000);
});
