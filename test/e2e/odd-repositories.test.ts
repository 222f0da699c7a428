import {execFile} from 'node:child_process';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {describe, expect, it, onTestFinished} from 'vitest';
import {GSTIN_MIGRATION} from '../support/shop-files.js';
import {makeShop, runBinary, type ShopOptions, type ShopWorld} from '../support/shop-world.js';

const run = promisify(execFile);

async function openShop(options: ShopOptions = {withoutDatabase: true}): Promise<ShopWorld> {
	const shop = await makeShop(options);
	onTestFinished(() => shop.close());
	return shop;
}

async function expectDone(shop: ShopWorld, args: readonly string[]): Promise<string> {
	const {exitCode, stdout, stderr} = await shop.sastaops(args);
	expect(exitCode, `${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
	return stdout;
}

/** A colleague's clone: pushes a commit to main on the remote while we are at work. */
async function pushElsewhere({remote, cwd, env}: ShopWorld): Promise<void> {
	const colleague = join(cwd, '..', 'colleague');
	const git = (...args: string[]) => run('git', args, {cwd: colleague, env});
	await run('git', ['clone', '--quiet', remote, colleague], {env});
	await git('config', 'user.name', 'Ben');
	await git('config', 'user.email', 'ben@shop.example');
	await git('commit', '--quiet', '--allow-empty', '--message', 'fix: meanwhile');
	await git('push', '--quiet', 'origin', 'main');
}

const RELEASE = ['release', 'create', '1.0.0', '--yes', '--json'];
const MEANWHILE = 'at "fix: meanwhile"';

describe('a release of an unusual repository', () => {
	it('knows a release whose tag shares its name with a branch', async () => {
		const shop = await openShop();
		await expectDone(shop, RELEASE);
		await shop.git('branch', 'v1.0.0');
		await shop.commit('feat: more');

		const planned = JSON.parse(await expectDone(shop, ['release', 'create', 'minor', '--dry-run', '--json']));
		const listed = JSON.parse(await expectDone(shop, ['release', 'list', '--json']));

		expect(planned.plan).toMatchObject({version: '1.1.0', previous: {tag: 'v1.0.0'}});
		expect(listed.releases).toMatchObject([{version: '1.0.0'}]);
	});

	it('pushes neither tag nor branch when the branch on the remote went another way meanwhile', async () => {
		const shop = await openShop();
		await shop.git('commit', '--quiet', '--allow-empty', '--message', 'feat: not pushed yet');
		expect((await shop.sastaops(RELEASE, {SASTAOPS_FAULT: 'tag.after=kill'})).signal).toBe('SIGKILL');
		await pushElsewhere(shop);

		const resumed = await shop.sastaops(['release', 'resume', '--json']);

		expect(JSON.parse(resumed.stdout)).toMatchObject({exitCode: 5, error: {code: 'PUSH_REFUSED'}});
		expect((await shop.snapshot()).refs).toEqual({'refs/heads/main': MEANWHILE});
		await expectDone(shop, ['release', 'abort', '--yes', '--json']);
		expect(await shop.git('tag', '--list')).toBe('');
	});

	it('pushes its tag beside commits that came on top meanwhile', async () => {
		const shop = await openShop();
		expect((await shop.sastaops(RELEASE, {SASTAOPS_FAULT: 'tag.after=kill'})).signal).toBe('SIGKILL');
		await pushElsewhere(shop);

		await expectDone(shop, ['release', 'resume', '--json']);

		const {refs} = await shop.snapshot();
		expect(refs['refs/heads/main']).toBe(MEANWHILE);
		expect(Object.keys(refs)).toContain('refs/tags/v1.0.0');
	});

	it('needs no key where no signature is asked for, and lets hooks and other tags be', async () => {
		const shop = await openShop();
		for (const key of ['commit.gpgsign', 'tag.gpgsign', 'tag.forceSignAnnotated', 'push.followTags'])
			await shop.git('config', key, 'true');
		await shop.git('config', 'user.signingkey', 'nobody');
		await shop.git('tag', '--no-sign', '--annotate', '--message', 'mine', 'not-a-release');
		const hooks = join(shop.cwd, '..', 'hooks');
		await mkdir(hooks);
		await writeFile(join(hooks, 'pre-push'), '#!/bin/sh\necho "checking…"; echo "checked" >&2\n');
		await chmod(join(hooks, 'pre-push'), 0o755);
		await shop.git('config', 'core.hooksPath', hooks);

		await expectDone(shop, RELEASE);

		expect(Object.keys((await shop.snapshot()).refs).sort()).toEqual(['refs/heads/main', 'refs/tags/v1.0.0']);
	});

	it('works from a second work tree', async () => {
		const shop = await openShop();
		await shop.git('switch', '--quiet', '--create', 'next');
		const tree = join(shop.cwd, '..', 'der zweite Baum ☕');
		await shop.git('worktree', 'add', '--quiet', tree, 'main');

		const created = await runBinary(RELEASE, {cwd: tree, env: shop.env});

		expect(created.exitCode, created.stderr).toBe(0);
		expect(await shop.git('tag', '--list')).toBe('v1.0.0\n');
	});

	it('takes control characters, emoji, line ends and sizes as authors write them', async () => {
		const shop = await openShop();
		await expectDone(shop, RELEASE);
		const message = join(shop.cwd, '..', 'message');
		const body = `body\u0007\r\n\r\nBREAKING CHANGE: teas\r\n${'x'.repeat(1_000_000)}`;
		await writeFile(message, `feat: \u001b[31mred\u001b[0m ☕\r\n\r\n${body}`);
		await shop.git('commit', '--quiet', '--allow-empty', '--file', message);

		const {plan} = JSON.parse(await expectDone(shop, ['release', 'create', 'auto', '--dry-run', '--json'])) as {
			plan: {version: string; notes: string};
		};

		expect(plan.version).toBe('2.0.0');
		expect(plan.notes).toContain('- red ☕');
		expect(/[^\P{Cc}\n\t]/u.exec(plan.notes)).toBeNull();
		expect(plan.notes.length).toBeLessThan(10_000);
	});
});

describe('a shop in a folder of a larger repository', () => {
	it('knows the migrations that a release had', async () => {
		const shop = await openShop({orders: 5});
		const folder = 'shops/the tea ☕ shop';
		const at = join(shop.cwd, folder);
		await mkdir(join(at, 'migrations'), {recursive: true});
		await shop.git('mv', 'sastaops.yaml', `${folder}/sastaops.yaml`);
		await shop.commit('chore: move', {
			[`${folder}/migrations/0001-add-gstin.mjs`]: GSTIN_MIGRATION.replace("'expand'", "'contract'"),
		});
		const inFolder = async (...args: string[]) => {
			const {exitCode, stdout, stderr} = await runBinary([...args, '--json'], {cwd: at, env: shop.env});
			expect(exitCode, `${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
			return JSON.parse(stdout);
		};
		await inFolder('release', 'create', '1.0.0', '--yes');
		await shop.commit('feat: more');
		await inFolder('release', 'create', '1.1.0', '--yes');

		const {plan} = await inFolder('release', 'rollback', '1.0.0', '--dry-run');
		const {verdict} = await inFolder('release', 'verify', '1.0.0');

		expect(plan).toMatchObject({migrationsSince: [], data: null});
		expect(verdict).toBe('pass');
	});
});
