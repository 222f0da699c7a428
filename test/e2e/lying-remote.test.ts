import {describe, expect, it, onTestFinished} from 'vitest';
import {type GitRemote, type PushLie, startGitRemote} from '../support/git-remote.js';
import {makeShop, type ShopWorld} from '../support/shop-world.js';

const CREATE = ['release', 'create', '1.0.0', '--yes', '--json'];

async function openShop(config = ''): Promise<{shop: ShopWorld; remote: GitRemote}> {
	const shop = await makeShop({orders: 10, config});
	const remote = await startGitRemote(shop.remote);
	await shop.git('remote', 'set-url', 'origin', remote.url);
	onTestFinished(async () => {
		await remote.close();
		await shop.close();
	});
	return {shop, remote};
}

async function remoteTag(shop: ShopWorld): Promise<string> {
	return (
		await shop.git('--git-dir', shop.remote, 'for-each-ref', '--format=%(objectname)', 'refs/tags/v1.0.0')
	).trim();
}

function parse(stdout: string) {
	return JSON.parse(stdout) as {
		outcome?: string;
		exitCode: number;
		error?: {code: string; hint: string; details?: string[]};
	};
}

describe('a remote that lies about a push', () => {
	it.each<PushLie>(['502-after', 'cut-after'])('is believed only when asked again: %s', async (lie) => {
		const {shop, remote} = await openShop();
		remote.lie(lie);

		const created = await shop.sastaops(CREATE);

		expect(parse(created.stdout)).toMatchObject({outcome: 'completed', exitCode: 0});
		expect(await remoteTag(shop)).toBe((await shop.git('rev-parse', 'refs/tags/v1.0.0')).trim());
	});

	it.each<PushLie>(['502-before', 'cut-before'])(
		'leaves an open run that resume finishes with the same tag object: %s',
		async (lie) => {
			const {shop, remote} = await openShop();
			remote.lie(lie);

			const cut = await shop.sastaops(CREATE);

			expect(parse(cut.stdout)).toMatchObject({exitCode: 5, error: {code: 'PUSH_REFUSED'}});
			expect(await remoteTag(shop)).toBe('');
			const made = (await shop.git('rev-parse', 'refs/tags/v1.0.0')).trim();
			remote.lie('none');
			const resumed = await shop.sastaops(['release', 'resume', '--json']);
			expect(parse(resumed.stdout)).toMatchObject({outcome: 'completed'});
			expect(await remoteTag(shop)).toBe(made);
		},
	);

	it('finishes a push that was acted on and never answered', async () => {
		const {shop, remote} = await openShop();
		remote.lie('hang-after');
		const cut = shop.sastaops(CREATE, {SASTAOPS_FAULT: 'push.before=sleep:1'});
		await expect.poll(() => remote.pushes(), {timeout: 30_000}).toBe(1);
		await expect.poll(() => remoteTag(shop), {timeout: 30_000}).not.toBe('');
		await remote.close();
		// The connection is gone, and with it the answer; and the remote with both.
		expect(parse((await cut).stdout)).toMatchObject({error: {code: 'REMOTE_UNREACHABLE'}});
		await shop.git('remote', 'set-url', 'origin', shop.remote);

		const resumed = await shop.sastaops(['release', 'resume', '--json']);

		expect(parse(resumed.stdout)).toMatchObject({outcome: 'completed'});
		expect(remote.pushes()).toBe(1);
	});

	it('pushes tag and branch as one: a remote that dies between them has neither', async () => {
		const {shop, remote} = await openShop('release:\n  changelog: CHANGELOG.md\n');
		const before = await shop.snapshot();
		remote.lie('die-between-refs');

		const cut = await shop.sastaops(CREATE);

		expect(parse(cut.stdout)).toMatchObject({exitCode: 5, error: {code: 'PUSH_REFUSED'}});
		expect((await shop.snapshot()).refs).toEqual(before.refs);
		remote.lie('none');
		const resumed = await shop.sastaops(['release', 'resume', '--json']);
		expect(parse(resumed.stdout), resumed.stderr).toMatchObject({outcome: 'completed'});
		expect(await shop.git('ls-remote', 'origin', 'refs/heads/main')).toContain(
			(await shop.git('rev-parse', 'v1.0.0^{commit}')).trim(),
		);
	});

	it('says the remote’s own words when tags are protected, and abort takes everything back', async () => {
		const {shop, remote} = await openShop();
		const before = await shop.snapshot();
		remote.lie('reject-tags');

		const refused = await shop.sastaops(CREATE);

		const {exitCode, error} = parse(refused.stdout);
		expect({exitCode, code: error?.code}).toEqual({exitCode: 5, code: 'PUSH_REFUSED'});
		expect(error?.details?.join('\n')).toMatch(/protected|declined|rejected/);
		const aborted = await shop.sastaops(['release', 'abort', '--yes', '--json']);
		expect(parse(aborted.stdout)).toMatchObject({outcome: 'aborted'});
		expect((await shop.snapshot()).refs).toEqual(before.refs);
	});

	it('stops at somebody else’s tag, and never touches it', async () => {
		const {shop, remote} = await openShop();
		remote.lie('race-tag', 'v1.0.0');

		const raced = await shop.sastaops(CREATE);

		expect(parse(raced.stdout)).toMatchObject({exitCode: 5, error: {code: 'TAG_TAKEN'}});
		const theirs = await remoteTag(shop);
		const aborted = await shop.sastaops(['release', 'abort', '--yes', '--json']);
		expect(parse(aborted.stdout)).toMatchObject({outcome: 'aborted'});
		expect(await remoteTag(shop)).toBe(theirs);
	});
});
