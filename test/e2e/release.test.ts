import {describe, expect, it, onTestFinished} from 'vitest';
import {GSTIN_MIGRATION} from '../support/shop-files.js';
import {makeShop, type ShopOptions, type ShopWorld} from '../support/shop-world.js';

async function openShop(options: ShopOptions = {}) {
	const shop = await makeShop(options);
	onTestFinished(shop.close);
	return shop;
}

describe('release create', () => {
	it('backs up, migrates, tags and pushes, and proves it afterwards', async () => {
		const shop = await openShop({files: {'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION}});

		const created = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);

		expect(created.stderr).toContain('migrate    0001-add-gstin');
		expect(JSON.parse(created.stdout)).toMatchObject({
			verdict: 'pass',
			exitCode: 0,
			outcome: 'completed',
			tag: 'v1.0.0',
		});
		expect(created.exitCode).toBe(0);
		const orders = shop.mongo.db(shop.database).collection('orders');
		expect(await orders.countDocuments({gstin: null, tries: 1})).toBe(120);
		expect((await shop.snapshot()).migrations).toEqual([expect.stringContaining('0001-add-gstin applied up 1.0.0')]);
		const proved = await shop.sastaops(['release', 'verify', '1.0.0', '--json']);
		expect(JSON.parse(proved.stdout)).toMatchObject({verdict: 'pass'});
		expect(await toldOf(shop)).toEqual(['1.0.0 released']);
	});

	it('changes nothing in a dry run, and prints every step', async () => {
		const shop = await openShop({files: {'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION}});
		const before = await shop.snapshot();

		const planned = await shop.sastaops(['release', 'create', 'auto', '--dry-run', '--json']);

		const {outcome, steps} = JSON.parse(planned.stdout) as {outcome: string; steps: {step: string}[]};
		expect(outcome).toBe('planned');
		expect(steps.map(({step}) => step)).toEqual(['backup', 'verify-backup', 'migrate:0001-add-gstin', 'tag', 'push']);
		expect(await shop.snapshot()).toEqual(before);
		expect(await shop.git('status', '--porcelain', '--ignored')).toBe('');
	});

	it('needs a yes, and names the flag where nobody can be asked', async () => {
		const shop = await openShop();

		const refused = await shop.sastaops(['release', 'create', '1.0.0']);

		expect(refused.exitCode).toBe(2);
		expect(refused.stderr).toContain('--yes');
		expect((await shop.snapshot()).refs).not.toHaveProperty('refs/tags/v1.0.0');
	});

	it('tells everything that stands in the way at once, and begins nothing', async () => {
		const shop = await openShop({config: 'release:\n  checks: [["false"]]\n  assets: [dist/*.zip]\n'});
		await shop.git('tag', 'v1.0.0');
		await shop.git('push', '--quiet', 'origin', 'v1.0.0');
		await shop.git('commit', '--quiet', '--allow-empty', '--message', 'fix: one that the remote will not know');
		await shop.git('push', '--quiet', 'origin', 'HEAD:main');
		await shop.git('reset', '--quiet', '--hard', 'HEAD~1');
		await shop.git('switch', '--quiet', '--create', 'feature');
		const {writeFile} = await import('node:fs/promises');
		await writeFile(`${shop.cwd}/left-over.txt`, 'x');

		const refused = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);

		expect(refused.exitCode).toBe(4);
		const {error} = JSON.parse(refused.stdout) as {error: {code: string; details: string[]}};
		expect(error.code).toBe('PREFLIGHT_FAILED');
		const text = error.details.join('\n');
		for (const id of [
			'git.clean',
			'git.branch',
			'git.up-to-date',
			'version.greater',
			'release.checks',
			'release.assets',
		])
			expect(text).toContain(`(${id})`);
		expect(text).toContain('left-over.txt');
		expect((await shop.snapshot()).backups).toEqual([]);
	});

	it('releases a shop without a database, by a lease on the remote', async () => {
		const shop = await openShop({withoutDatabase: true});

		const created = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);

		expect(JSON.parse(created.stdout)).toMatchObject({outcome: 'completed'});
		expect((await shop.snapshot()).refs).toHaveProperty('refs/tags/v1.0.0');
		expect(await shop.git('ls-remote', 'origin')).toContain('refs/sastaops/lease');
	});
});

/** What the shop was told of its versions. */
async function toldOf(shop: ShopWorld): Promise<string[]> {
	const control = shop.mongo.db(shop.database).collection<{_id: string}>('sastaops_control');
	const found = (await control.findOne({_id: 'releases'})) as {list?: {version: string; what: string}[]} | null;
	return (found?.list ?? []).map(({version, what}) => `${version} ${what}`);
}

describe('the shop', () => {
	it('is told once of each release, also when it is killed and resumed, and of the way back', async () => {
		const shop = await openShop();
		await shop.sastaops(['release', 'create', '1.0.0', '--yes']);
		await shop.commit('feat: more');
		await shop.sastaops(['release', 'create', '1.1.0', '--yes'], {SASTAOPS_FAULT: 'tell.after=kill'});
		await shop.sastaops(['release', 'resume', '--yes']);
		expect(await toldOf(shop)).toEqual(['1.0.0 released', '1.1.0 released']);
		const back = await shop.sastaops(['release', 'rollback', '1.0.0', '--yes', '--json']);
		expect(back.exitCode, back.stderr).toBe(0);
		expect(await toldOf(shop)).toEqual(['1.0.0 released', '1.1.0 released', '1.0.0 rolled back to']);
	});

	it('that cannot be told does not fail a release', async () => {
		const shop = await openShop();
		const control = shop.mongo.db(shop.database).collection<{_id: string; list: string}>('sastaops_control');
		await control.insertOne({_id: 'releases', list: 'no list'});
		const created = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);
		expect(created.exitCode, created.stderr).toBe(0);
		expect(created.stderr).toContain('the shop was not told of 1.0.0');
	});
});

describe('a changelog', () => {
	const CHANGELOG = '# Changelog\n\nAll of it.\n\n## Unreleased\n\n## 0.9.0 (2026-01-01)\n\n- the beginning\n';

	it('is written in a commit that is pushed with the tag, and the branch here follows', async () => {
		const shop = await openShop({config: 'release:\n  changelog: CHANGELOG.md\n', files: {'CHANGELOG.md': CHANGELOG}});
		await shop.commit('feat(cart): remember the cart');

		const created = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);

		expect(JSON.parse(created.stdout), created.stderr).toMatchObject({outcome: 'completed'});
		const text = await shop.git('show', 'v1.0.0:CHANGELOG.md');
		expect(text).toMatch(
			/## Unreleased\n\n## 1\.0\.0 \(\d{4}-\d\d-\d\d\)\n\n### New\n\n- \*\*cart:\*\* remember the cart[\s\S]*## 0\.9\.0/,
		);
		expect(await shop.git('status', '--porcelain', '--branch')).toBe('## main\n');
		const at = async (name: string) => (await shop.git('rev-parse', name)).trim();
		expect(await at('HEAD')).toBe(await at('v1.0.0^{commit}'));
		expect(await shop.git('ls-remote', 'origin', 'refs/heads/main')).toContain(await at('HEAD'));
	});

	it.each(['changelog.after', 'tag.after', 'push.answer', 'fast-forward.before', 'fast-forward.after'])(
		'is one commit, whatever is killed: %s',
		async (point) => {
			const shop = await openShop({config: 'release:\n  changelog: CHANGELOG.md\n'});
			await shop.sastaops(['release', 'create', '1.0.0', '--yes'], {SASTAOPS_FAULT: `${point}=kill`});

			const resumed = await shop.sastaops(['release', 'resume', '--json']);

			expect(JSON.parse(resumed.stdout), resumed.stderr).toMatchObject({outcome: 'completed'});
			expect((await shop.git('log', '--format=%s', 'origin/main', 'HEAD')).match(/chore\(release\)/g)).toHaveLength(1);
		},
	);
});

describe('release abort', () => {
	it('says that there is nothing to do, and exits 0', async () => {
		const shop = await openShop();

		const aborted = await shop.sastaops(['release', 'abort', '--yes', '--json']);

		expect(JSON.parse(aborted.stdout)).toMatchObject({outcome: 'nothing', exitCode: 0});
	});

	it('takes back migrations and tag, and keeps the backup by name', async () => {
		const shop = await openShop({files: {'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION}});
		const before = await shop.snapshot();
		await shop.sastaops(['release', 'create', '1.0.0', '--yes'], {SASTAOPS_FAULT: 'tag.after=kill'});

		const aborted = await shop.sastaops(['release', 'abort', '--yes', '--json']);

		expect(aborted.exitCode).toBe(0);
		const {undone} = JSON.parse(aborted.stdout) as {undone: {step: string; what: string}[]};
		expect(undone.map(({step}) => step)).toEqual(['tag', 'migrate:0001-add-gstin', 'backup']);
		expect(undone.at(-1)?.what).toContain('is kept');
		const after = await shop.snapshot();
		expect(after.content).toEqual(before.content);
		expect(after.refs).toEqual(before.refs);
	});
});

describe('an abort after the push', () => {
	it('takes the tag back, and says that the changelog keeps its entry', async () => {
		const shop = await openShop({config: 'release:\n  changelog: CHANGELOG.md\n'});
		await shop.sastaops(['release', 'create', '1.0.0', '--yes'], {SASTAOPS_FAULT: 'push.after=kill'});

		const aborted = await shop.sastaops(['release', 'abort', '--yes', '--json']);

		const commit = (await shop.git('ls-remote', 'origin', 'refs/heads/main')).slice(0, 7);
		expect(JSON.parse(aborted.stdout), aborted.stderr).toMatchObject({
			outcome: 'aborted',
			kept: [`CHANGELOG.md keeps its entry on origin/main: git revert ${commit}`],
		});
		expect(await shop.git('ls-remote', '--tags', 'origin')).toBe('');
	});
});

describe('a database that is away', () => {
	it('is told among everything else that stands in the way', async () => {
		const shop = await openShop();
		await shop.git('switch', '--quiet', '--create', 'feature');

		const refused = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json'], {
			MONGODB_URI: 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300',
		});

		const {error, exitCode} = JSON.parse(refused.stdout) as {exitCode: number; error: {details: string[]}};
		expect(exitCode).toBe(4);
		const text = error.details.join('\n');
		expect(text).toContain('(db.reachable)');
		expect(text).toContain('(git.branch)');
		expect(text).not.toContain('(run.lease)');
	});
});

describe('a run that stops', () => {
	it('says what is done, what was not begun, and both ways from there', async () => {
		const shop = await openShop();

		const stopped = await shop.sastaops(['release', 'create', '1.0.0', '--yes'], {SASTAOPS_FAULT: 'tag.before=term'});

		expect(stopped.exitCode).toBe(143);
		expect(stopped.stderr).toContain('done:      backup, verify-backup');
		expect(stopped.stderr).toContain('not begun: push');
		expect(stopped.stderr).toContain('sastaops release resume, or sastaops release abort');
	});
});
