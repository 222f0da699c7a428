import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {LeaseHolder} from '../../src/kernel/lease.js';
import {type Git, openGit} from '../../src/ports/git.js';
import {openGitLease} from '../../src/ports/git-lease.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost} from '../support/host.js';

const TTL_MS = 60_000;

async function twoClones(): Promise<[Git, Git]> {
	const folder = await temporaryFolder();
	const remote = join(folder, 'remote.git');
	execFileSync('git', ['init', '--quiet', '--bare', remote]);
	const clone = (name: string) => {
		const cwd = join(folder, name);
		execFileSync('git', ['clone', '--quiet', remote, cwd], {stdio: 'ignore'});
		return openGit(cwd, makeTestHost());
	};
	return Promise.all([clone('here'), clone('there')]);
}

function holderOf(id: string): LeaseHolder {
	return {id, host: 'test-host', pid: 1, pidStartedAt: undefined, command: 'release create', url: undefined, since: 0};
}

/** The git commands a lease has given, pushes left out. */
function watched(git: Git): {git: Git; commands: string[]} {
	const commands: string[] = [];
	const run: Git['run'] = (args, options) => {
		commands.push(args[0] ?? '');
		return git.run(args, options);
	};
	const lsRemote: Git['lsRemote'] = (remote, patterns) => {
		commands.push('ls-remote');
		return git.lsRemote(remote, patterns);
	};
	return {git: {...git, run, lsRemote}, commands};
}

describe('the lease on a git remote', () => {
	it('is held by one at a time, with a greater token for each', async () => {
		const [here, there] = await twoClones();
		const ours = openGitLease(here, 'origin', makeTestHost());
		const theirs = openGitLease(there, 'origin', makeTestHost());

		expect(await ours.acquire(holderOf('us'), TTL_MS)).toEqual({token: 1});
		expect(await theirs.acquire(holderOf('them'), TTL_MS)).toBeUndefined();
		await ours.release('us', 1);
		expect(await theirs.acquire(holderOf('them'), TTL_MS)).toEqual({token: 2});
	});

	it('sees a second later that somebody else took it over', async () => {
		const [here, there] = await twoClones();
		let nowMs = 0;
		const ours = openGitLease(here, 'origin', makeTestHost({monotonicMs: () => nowMs}));
		const theirs = openGitLease(there, 'origin', makeTestHost());

		await ours.acquire(holderOf('us'), TTL_MS);
		expect(await ours.check('us', 1)).toBe(true);
		expect(await theirs.takeOver(1, holderOf('them'), TTL_MS)).toEqual({token: 2});
		nowMs += 1000;
		expect(await ours.check('us', 1)).toBe(false);
		expect(await ours.renew('us', 1, TTL_MS)).toBe(false);
		expect((await ours.read())?.holder?.id).toBe('them');
	});

	it('fetches nothing to check a lease that has not changed, and asks no more than once a second', async () => {
		const [here] = await twoClones();
		const {git, commands} = watched(here);
		let nowMs = 0;
		const lease = openGitLease(git, 'origin', makeTestHost({monotonicMs: () => nowMs}));

		await lease.acquire(holderOf('us'), TTL_MS);
		expect(await lease.renew('us', 1, TTL_MS)).toBe(true);
		commands.length = 0;
		expect(await lease.check('us', 1)).toBe(true);
		expect(commands).toEqual([]);
		nowMs += 1000;
		expect(await lease.check('us', 1)).toBe(true);
		expect(await lease.check('us', 1)).toBe(true);
		expect(commands).toEqual(['ls-remote']);
	});
});
