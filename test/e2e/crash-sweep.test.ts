import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {beforeAll, describe, expect, it} from 'vitest';
import {type GitHubServer, startGitHub} from '../support/github/server.js';
import {type Production, startProduction} from '../support/production.js';
import {CATEGORIES_SEED, GSTIN_MIGRATION} from '../support/shop-files.js';
import {type CliResult, makeShop, type ShopWorld, type WorldSnapshot} from '../support/shop-world.js';
import {chooseSeed, inParallel, makeRandom, sample} from '../support/sweep.js';

/** Every point of a run is a place to die: the list comes from a run that passes them all. */
const CREATE = ['release', 'create', '1.0.0', '--yes', '--json'];
const TORN = [0, 1, 60, 100_000];

type Scene = {readonly shop: ShopWorld; readonly production: Production; readonly github: GitHubServer};
type End = WorldSnapshot & {
	readonly live: string;
	readonly releases: readonly object[];
	readonly deployments: readonly object[];
};

async function openScene(): Promise<Scene> {
	const production = await startProduction('  forge: {repository: shop/sastabazar}\n');
	const shop = await makeShop({
		files: {'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION, 'seeds/0001-categories.mjs': CATEGORIES_SEED},
		config: production.config,
		orders: 60,
	});
	return {shop, production, github: await startGitHub({git: shop.remote})};
}

async function closeScene({shop, production, github}: Scene): Promise<void> {
	expect(github.problems).toEqual([]);
	await github.close();
	await shop.close();
	await production.close();
}

function run(
	{shop, github}: Scene,
	args: readonly string[],
	env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
	return shop.sastaops(args, {GITHUB_API_URL: github.url, GITHUB_TOKEN: 'test-token', ...env});
}

async function endOf({shop, production, github}: Scene): Promise<End> {
	return {
		...(await shop.snapshot()),
		live: await production.live(),
		releases: github.state.releases.map(({tag, name, body, isDraft, assets}) => ({
			tag,
			name: name.replace(shop.database, ''),
			body: body.replaceAll(/<!-- .* -->|\([0-9a-f]{7}\)/g, ''),
			isDraft,
			// The manifest carries times; that it is there and whole is what counts.
			assets: assets.map((asset) => `${asset.name} ${asset.state}`).sort(),
		})),
		deployments: github.state.deployments.map(({ref, environment, statuses}) => ({
			ref,
			environment,
			states: statuses.map(({state}) => state),
		})),
	};
}

describe('a release that is cut anywhere', () => {
	const random = makeRandom(chooseSeed('crash sweep'));
	let points: string[] = [];
	let undisturbed: End;
	let untouched: End;

	beforeAll(async () => {
		const scene = await openScene();
		untouched = await endOf(scene);
		const trace = join(scene.shop.cwd, '..', 'trace');
		const {exitCode, stdout, stderr} = await run(scene, CREATE, {SASTAOPS_FAULT_TRACE: trace});
		expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
		points = (await readFile(trace, 'utf8')).trim().split('\n');
		undisturbed = await endOf(scene);
		await closeScene(scene);
	});

	it('passes points before and after every step', () => {
		for (const step of [
			'backup',
			'verify-backup',
			'migrate:0001-add-gstin',
			'seed',
			'tag',
			'push',
			'deploy',
			'health',
		]) {
			expect(points).toContain(`${step}.before@1`);
			expect(points).toContain(`${step}.after@1`);
		}
		expect(points.length).toBeGreaterThan(60);
	});

	it('ends, after resume, in the world of an undisturbed run', async () => {
		const cases = sample(faultsAt(points), 5, random);
		await inParallel(cases, 2, async (fault) => {
			const scene = await openScene();
			const cut = await run(scene, CREATE, {SASTAOPS_FAULT: fault});
			assertWasCut(cut, fault);
			const end = await finish(scene, 'resume');
			expect(end, fault).toEqual(undisturbed);
			await assertNothingLeft(scene, fault);
			await closeScene(scene);
		});
	}, 1_800_000);

	it('ends, after abort, in the world before, the backup kept', async () => {
		// Its last record is the intent to deploy: where that was written whole, abort refuses, and resume ends it.
		const early = points.slice(0, points.indexOf('deploy.before@1'));
		const lastRecord = early.findLast((point) => point.startsWith('journal.write@')) ?? '';
		const cases = sample(faultsAt(early), 2, random);
		await inParallel(cases, 2, async (fault) => {
			const scene = await openScene();
			assertWasCut(await run(scene, CREATE, {SASTAOPS_FAULT: fault}), fault);
			if (await isDeployMeant(scene.shop)) {
				expect(early.slice(early.indexOf(lastRecord))).toContain(fault.replace(/=.*/, ''));
				const refused = await run(scene, ['release', 'abort', '--yes', '--json']);
				expect(JSON.parse(refused.stdout), fault).toMatchObject({exitCode: 5, error: {code: 'ABORT_TOO_LATE'}});
				expect(await finish(scene, 'resume'), fault).toEqual(undisturbed);
				await closeScene(scene);
				return;
			}
			const end = await finish(scene, 'abort');
			expect({...end, backups: [], migrations: [], seeds: []}, fault).toEqual({
				...untouched,
				content: {...untouched.content, ...emptyCollections(end)},
			});
			expect(
				end.migrations.every((row) => row.includes(' reverted ')),
				fault,
			).toBe(true);
			expect(
				end.seeds.every((row) => row.endsWith('undone')),
				fault,
			).toBe(true);
			const again = await run(scene, ['release', 'abort', '--yes', '--json']);
			expect(JSON.parse(again.stdout), fault).toMatchObject({outcome: 'nothing', exitCode: 0});
			await closeScene(scene);
		});
	}, 1_800_000);

	it('survives a second cut while it recovers from the first', async () => {
		const cases = sample(faultsAt(points), 2, random, 200);
		await inParallel(cases, 2, async (fault) => {
			const scene = await openScene();
			assertWasCut(await run(scene, CREATE, {SASTAOPS_FAULT: fault}), fault);
			const trace = join(scene.shop.cwd, '..', 'trace');
			await writeFile(trace, '');
			const second = points[Math.floor(random() * points.length)] ?? '';
			await run(scene, ['release', 'resume', '--json'], {
				SASTAOPS_FAULT: `${second}=kill`,
				SASTAOPS_FAULT_TRACE: trace,
			});
			expect(await finish(scene, 'resume'), `${fault}, then ${second}`).toEqual(undisturbed);
			await closeScene(scene);
		});
	}, 1_800_000);
});

/** Whether the journal holds the intent to deploy, whole. */
async function isDeployMeant({cwd}: ShopWorld): Promise<boolean> {
	const folder = join(cwd, '.sastaops', 'runs');
	const names = await readdir(folder).catch(() => []);
	const journals = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
	return journals.some((journal) => /"type":"intent","step":"deploy".*\n/.test(journal));
}

/** Every point is a place to be killed and to be told to stop; where the journal writes, also a place to tear a record. */
function faultsAt(points: readonly string[]): string[] {
	return points.flatMap((point) => [
		`${point}=kill`,
		`${point}=term`,
		...(point.startsWith('journal.write@') ? TORN.map((bytes) => `${point}=torn:${bytes}`) : []),
	]);
}

/** A fault that was passed must show: a run that was killed and says 0 has lied. */
function assertWasCut({exitCode, signal, stderr}: CliResult, fault: string): void {
	if (fault.endsWith('=term')) {
		// Told to stop in its very last moment, a run may well end whole.
		expect([0, 143, 5], `${fault}\n${stderr}`).toContain(exitCode);
		return;
	}
	expect(signal, `${fault}\n${stderr}`).toBe('SIGKILL');
}

/** Types what a person would: resume, or abort; and where nothing had begun, the release again. */
async function finish(scene: Scene, way: 'resume' | 'abort'): Promise<End> {
	const {shop} = scene;
	const {exitCode, stdout, stderr} = await run(scene, ['release', way, '--yes', '--json']);
	const {error} = JSON.parse(stdout) as {error?: {code: string}};
	if (way === 'resume' && error?.code === 'NO_OPEN_RUN') {
		if (!('refs/tags/v1.0.0' in (await shop.snapshot()).refs)) await expectDone(scene, CREATE);
	} else expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
	return endOf(scene);
}

async function expectDone(scene: Scene, args: readonly string[]): Promise<void> {
	const {exitCode, stdout, stderr} = await run(scene, args);
	expect(exitCode, `${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
}

async function assertNothingLeft({shop}: Scene, fault: string): Promise<void> {
	const status = JSON.parse((await shop.sastaops(['release', 'status', '--json'])).stdout) as {
		open: unknown;
		holder: unknown;
		exitCode: number;
	};
	expect(status, fault).toMatchObject({open: null, holder: null, exitCode: 0});
	expect(await shop.git('status', '--porcelain'), fault).toBe('');
}

/** Collections that a migration or seed made stay, empty: MongoDB has no way to say that they were never there. */
function emptyCollections({content}: End): Record<string, string> {
	return Object.fromEntries(Object.entries(content).filter(([, text]) => text.startsWith('0 ')));
}
