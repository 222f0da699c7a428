import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {type Production, startProduction} from '../support/production.js';
import {GSTIN_MIGRATION} from '../support/shop-files.js';
import {makeShop, type ShopWorld} from '../support/shop-world.js';

async function openShop(onFailure: string): Promise<{shop: ShopWorld; production: Production}> {
	const production = await startProduction();
	const shop = await makeShop({config: `${production.config}    onFailure: ${onFailure}\n`, orders: 5});
	onTestFinished(async () => {
		await shop.close();
		await production.close();
	});
	const first = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);
	expect(first.exitCode, first.stderr).toBe(0);
	await shop.commit('feat: something new');
	return {shop, production};
}

function parse(stdout: string) {
	return JSON.parse(stdout) as {
		exitCode: number;
		outcome?: string;
		error?: {code: string; hint: string};
		failure?: {code: string};
	};
}

describe('a new version that does not come up', () => {
	it('stops with an open run where the plan says stop, and resume tries again', async () => {
		const {shop, production} = await openShop('stop');
		production.sicken('1.1.0');

		const failed = parse((await shop.sastaops(['release', 'create', '1.1.0', '--yes', '--json'])).stdout);

		expect(failed).toMatchObject({exitCode: 5, error: {code: 'NOT_HEALTHY'}});
		production.sicken(undefined);
		const resumed = parse((await shop.sastaops(['release', 'resume', '--json'])).stdout);
		expect(resumed).toMatchObject({exitCode: 0, outcome: 'completed'});
		expect(await production.live()).toBe('1.1.0');
	});

	it('is replaced by the old one where the plan says so; its tag stays', async () => {
		const {shop, production} = await openShop('rollback');
		production.sicken('1.1.0');
		const rolledBack = await shop.sastaops(['release', 'create', '1.1.0', '--yes', '--json']);
		expect(parse(rolledBack.stdout), rolledBack.stderr).toMatchObject({
			exitCode: 1,
			outcome: 'rolled-back',
			failure: {code: 'NOT_HEALTHY'},
		});
		expect(await production.live()).toBe('1.0.0');
		expect((await shop.snapshot()).refs).toHaveProperty('refs/tags/v1.1.0');
		const next = await shop.sastaops(['release', 'create', '1.1.1', '--yes', '--json']);
		expect(parse(next.stdout), next.stderr).toMatchObject({outcome: 'completed'});
	});

	it('is replaced by the old one when it says that it is healthy, and shows nothing', async () => {
		const {shop, production} = await openShop('rollback');
		production.hollow('1.1.0');

		const rolledBack = await shop.sastaops(['release', 'create', '1.1.0', '--yes', '--json']);

		expect(parse(rolledBack.stdout), rolledBack.stderr).toMatchObject({
			exitCode: 1,
			outcome: 'rolled-back',
			failure: {code: 'SHOP_BROKEN'},
		});
		expect(await production.live()).toBe('1.0.0');
	});

	it('is not replaced by an old version that cannot read the migrated data', async () => {
		const {shop, production} = await openShop('rollback');
		await shop.commit('feat!: gstin', {
			'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION.replace("'expand'", "'contract'"),
		});
		production.sicken('1.1.0');

		const failed = await shop.sastaops(['release', 'create', '1.1.0', '--yes', '--json']);

		expect(parse(failed.stdout)).toMatchObject({exitCode: 5, error: {code: 'NOT_HEALTHY'}});
		expect(failed.stderr).toContain('cannot run on the data after 0001-add-gstin');
	});

	it('can be rolled back by hand while its run is open, which ends that run', async () => {
		const {shop, production} = await openShop('stop');
		production.sicken('1.1.0');
		await shop.sastaops(['release', 'create', '1.1.0', '--yes']);
		production.sicken(undefined);

		const aborted = parse((await shop.sastaops(['release', 'abort', '--yes', '--json'])).stdout);
		const rolledBack = await shop.sastaops(['release', 'rollback', '1.0.0', '--yes', '--json']);

		expect(aborted).toMatchObject({
			exitCode: 5,
			error: {code: 'ABORT_TOO_LATE', hint: expect.stringContaining('release rollback 1.0.0')},
		});
		expect(parse(rolledBack.stdout), rolledBack.stderr).toMatchObject({exitCode: 0, outcome: 'completed'});
		expect(await production.live()).toBe('1.0.0');
		const status = JSON.parse((await shop.sastaops(['release', 'status', '--json'])).stdout) as {open: unknown};
		expect(status.open).toBeNull();
	});

	it('is not replaced by pm2 while its files lie here, nor rolled back until the old ones do', async () => {
		const production = await startProduction();
		const shop = await makeShop({
			config: production.config.replace(/command: .*/, 'pm2: shop').concat('    onFailure: rollback\n'),
			orders: 5,
		});
		onTestFinished(async () => {
			await shop.close();
			await production.close();
		});
		// As pm2 does it: whatever lies here is started, and knows the version from its environment.
		const bin = join(shop.cwd, '..', 'bin');
		await mkdir(bin);
		await writeFile(join(bin, 'pm2'), `#!/bin/sh\nprintf %s "$SASTAOPS_VERSION" > "${production.file}"\n`, {
			mode: 0o755,
		});
		const env = {PATH: `${bin}:${shop.env['PATH']}`};
		const sastaops = (...args: string[]) => shop.sastaops([...args, '--yes', '--json'], env);
		expect((await sastaops('release', 'create', '1.0.0')).exitCode).toBe(0);
		await shop.commit('feat: something new');
		production.sicken('1.1.0');

		const failed = await sastaops('release', 'create', '1.1.0');
		const refused = await sastaops('release', 'rollback', '1.0.0');

		expect(parse(failed.stdout), failed.stderr).toMatchObject({exitCode: 5, error: {code: 'NOT_HEALTHY'}});
		expect(failed.stderr).toContain('git switch --detach v1.0.0');
		expect(parse(refused.stdout)).toMatchObject({exitCode: 4, error: {code: 'NOT_CHECKED_OUT'}});
		expect(await production.live()).toBe('1.1.0');

		await shop.git('switch', '--quiet', '--detach', 'v1.0.0');
		const rolledBack = await sastaops('release', 'rollback', '1.0.0');
		expect(parse(rolledBack.stdout), rolledBack.stderr).toMatchObject({exitCode: 0, outcome: 'completed'});
		expect(await production.live()).toBe('1.0.0');
	});

	it('says the deploy command’s own last words', async () => {
		const production = await startProduction();
		const shop = await makeShop({
			config: `shop: {url: '${production.url}'}\nrelease:\n  deploy:\n    command: [node, -e, "console.error('no space on shop-2'); process.exit(3)"]\n`,
			orders: 5,
		});
		onTestFinished(async () => {
			await shop.close();
			await production.close();
		});

		const failed = await shop.sastaops(['release', 'create', '1.0.0', '--yes']);

		expect(failed.exitCode).toBe(5);
		expect(failed.stderr).toContain('no space on shop-2');
		expect(failed.stderr).toContain('exit code 3');
	});
});
