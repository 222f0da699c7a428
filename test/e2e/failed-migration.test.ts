import {expect, it, onTestFinished} from 'vitest';
import {makeShop} from '../support/shop-world.js';

const BROKEN = `export const title = 'Break';
export const phase = 'expand';
export const irreversible = 'it is a test';
export const steps = [{name: 'one', run: async () => { throw new Error('no such field'); }}];
`;

it('never calls a migration applied that failed, when an abort leaves it as it is', async () => {
	const shop = await makeShop({orders: 3, files: {'migrations/0001-break.mjs': BROKEN}});
	onTestFinished(() => shop.close());
	const failed = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);
	expect(JSON.parse(failed.stdout)).toMatchObject({exitCode: 5, error: {code: 'MIGRATION_FAILED'}});

	const refused = await shop.sastaops(['release', 'abort', '--yes', '--json']);
	const aborted = await shop.sastaops(['release', 'abort', '--yes', '--keep-migrations']);

	expect(JSON.parse(refused.stdout)).toMatchObject({exitCode: 5, error: {code: 'ABORT_IRREVERSIBLE'}});
	expect(aborted.exitCode, aborted.stderr).toBe(0);
	expect(aborted.stdout).toContain('0001-break stays failed');
	expect(aborted.stdout).not.toContain('applied');
	const next = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);
	expect(JSON.parse(next.stdout)).toMatchObject({exitCode: 4, error: {code: 'PREFLIGHT_FAILED'}});
	expect(next.stdout).toContain('migrations.state');
});
