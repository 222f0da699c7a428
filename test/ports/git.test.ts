import {execFile} from 'node:child_process';
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {describe, expect, it} from 'vitest';
import {type Git, openGit} from '../../src/ports/git.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost} from '../support/host.js';

const exec = promisify(execFile);
const TAGGER = {name: 'Asha', email: 'asha@shop.example', date: '1764000000 +0530'};
const OUTSIDE = /^(?:GIT_|SSH_)/;

const env = {
	...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OUTSIDE.test(name))),
	GIT_CONFIG_GLOBAL: '/dev/null',
	GIT_CONFIG_SYSTEM: '/dev/null',
};

type Repo = {readonly cwd: string; readonly git: Git; run(...args: string[]): Promise<string>};

async function makeRepo(): Promise<Repo> {
	const cwd = await temporaryFolder();
	const run = async (...args: string[]) => (await exec('git', args, {cwd, env})).stdout.trim();
	await run('init', '--quiet', '--initial-branch=main');
	await run('config', 'user.name', 'Asha');
	await run('config', 'user.email', 'asha@shop.example');
	await commit(run, 'feat: open the shop');
	return {cwd, run, git: await openGit(cwd, makeTestHost({env}))};
}

const commit = (run: Repo['run'], message: string, ...more: string[]) =>
	run('commit', '--quiet', '--allow-empty', '--message', message, ...more);

async function addRemote({run, cwd}: Repo): Promise<string> {
	const remote = `${cwd}.git`;
	await exec('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote], {env});
	await run('remote', 'add', 'origin', remote);
	await run('push', '--quiet', 'origin', 'main');
	return remote;
}

describe('opening', () => {
	it('finds the top from a folder below it, blanks in its name', async () => {
		const {cwd} = await makeRepo();
		await mkdir(join(cwd, 'a b', 'c'), {recursive: true});
		expect((await openGit(join(cwd, 'a b', 'c'), makeTestHost({env}))).root).toBe(cwd);
	});

	it('outside a repository, or without git, says which', async () => {
		const folder = await temporaryFolder();
		const {cwd} = await makeRepo();
		const ceiling = {...env, GIT_CEILING_DIRECTORIES: folder};
		await expect(openGit(folder, makeTestHost({env: ceiling}))).rejects.toMatchObject({code: 'NO_REPOSITORY'});
		const without = {...env, PATH: '/nowhere'};
		await expect(openGit(cwd, makeTestHost({env: without}))).rejects.toMatchObject({code: 'GIT_MISSING', exitCode: 2});
	});

	it('of a repository without a commit has no HEAD to release', async () => {
		const cwd = await temporaryFolder();
		await exec('git', ['init', '--quiet', cwd], {env});
		await expect((await openGit(cwd, makeTestHost({env}))).head()).rejects.toMatchObject({code: 'NO_COMMITS'});
	});
});

describe('the branch', () => {
	it.each(['main', 'feature/checkout/v2', 'release-1.0'])('%s is told by its whole name', async (name) => {
		const {run, git} = await makeRepo();
		await run('switch', '--quiet', '--force-create', name);
		expect(await git.branch()).toBe(name);
	});

	it('is told also where a tag bears the same name', async () => {
		const {run, git} = await makeRepo();
		await run('tag', 'main');
		expect(await git.branch()).toBe('main');
	});

	it('is none on a detached HEAD', async () => {
		const {run, git} = await makeRepo();
		await run('switch', '--quiet', '--detach');
		expect(await git.branch()).toBeUndefined();
	});
});

describe('changed files', () => {
	it('are told whatever their names hold', async () => {
		const {cwd, run, git} = await makeRepo();
		const names = ['with blank.txt', 'quote".txt', 'चाय.txt', 'line\nend.txt', '-dash.txt', 'tab\t.txt'];
		for (const name of names) await writeFile(join(cwd, name), 'x');
		await writeFile(join(cwd, 'old name.txt'), 'some content that is long enough to be known again');
		await run('add', 'old name.txt');
		await commit(run, 'chore: file');
		await run('mv', 'old name.txt', 'new name.txt');
		const dirty = await git.dirtyFiles();
		for (const name of names) expect(dirty).toContain(`?? ${name}`);
		expect(dirty.some((line) => line.startsWith('R') && line.includes('new name.txt'))).toBe(true);
		expect(dirty).toHaveLength(names.length + 1);
	});

	it('are told also where git is configured to hide untracked ones', async () => {
		const {cwd, run, git} = await makeRepo();
		await run('config', 'status.showUntrackedFiles', 'no');
		await writeFile(join(cwd, 'left-over'), 'x');
		expect(await git.dirtyFiles()).toEqual(['?? left-over']);
	});
});

describe('tags', () => {
	it('lightweight, annotated, nested and beside a branch of the same name are all told with their commit', async () => {
		const {run, git} = await makeRepo();
		const head = await git.head();
		await run('tag', 'v1.0.0');
		await run('tag', '--annotate', '--message', 'x', 'v1.1.0');
		await run('branch', 'v1.1.0');
		await run('tag', 'shop/v2.0.0');
		expect(await git.tags('v')).toEqual(
			new Map([
				['v1.0.0', head],
				['v1.1.0', head],
			]),
		);
		expect(await git.tags('shop/v')).toEqual(new Map([['shop/v2.0.0', head]]));
		expect(await git.tagObject('v1.0.0')).toEqual({
			objectId: head,
			commit: head,
			message: undefined,
			isSigned: false,
		});
		expect(await git.tagObject('v1.1.0')).toMatchObject({commit: head, message: 'x'});
		expect(await git.tagObject('v9.9.9')).toBeUndefined();
	});

	it('made twice from the same words are the same object', async () => {
		const {git} = await makeRepo();
		const request = {
			tag: 'v1.0.0',
			commit: await git.head(),
			message: '# shop 1.0.0\n\nRun: a\n',
			tagger: TAGGER,
			sign: false,
		};
		const first = await git.createTag(request);
		await git.deleteTag('v1.0.0', first.objectId);
		expect(await git.createTag(request)).toEqual(first);
		expect(first.message).toBe('# shop 1.0.0\n\nRun: a');
	});

	it('are not signed by a configuration that signs all, unless asked for', async () => {
		const {run, git} = await makeRepo();
		await run('config', 'tag.gpgSign', 'true');
		const {message} = await git.createTag({
			tag: 'v1.0.0',
			commit: await git.head(),
			message: 'm\n',
			tagger: TAGGER,
			sign: false,
		});
		expect(message).toBe('m');
	});

	it('signed with an SSH key carry a signature that is no part of their message', async () => {
		const {cwd, run, git} = await makeRepo();
		await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${cwd}/.git/key`]);
		await run('config', 'gpg.format', 'ssh');
		await run('config', 'user.signingKey', `${cwd}/.git/key`);
		const commit = await git.head();
		const made = await git.createTag({
			tag: 'v1.0.0',
			commit,
			message: 'shop 1.0.0\n\nRun: a\n',
			tagger: TAGGER,
			sign: true,
		});
		expect(made).toMatchObject({commit, message: 'shop 1.0.0\n\nRun: a'});
		expect(await run('cat-file', '-p', 'v1.0.0')).toContain('BEGIN SSH SIGNATURE');
	});

	it('that cannot be signed are not made', async () => {
		const {run, git} = await makeRepo();
		await run('config', 'gpg.format', 'ssh');
		await run('config', 'user.signingKey', '/no/such/key');
		const request = {tag: 'v1.0.0', commit: await git.head(), message: 'm', tagger: TAGGER, sign: true};
		await expect(git.createTag(request)).rejects.toMatchObject({code: 'TAG_FAILED', exitCode: 5});
		expect(await git.tagObject('v1.0.0')).toBeUndefined();
	});

	it('that were moved since are not deleted', async () => {
		const {run, git} = await makeRepo();
		await run('tag', 'v1.0.0');
		const seen = await git.tagObject('v1.0.0');
		await commit(run, 'fix: more');
		await run('tag', '--force', 'v1.0.0');
		await expect(git.deleteTag('v1.0.0', seen?.objectId ?? '')).rejects.toMatchObject({code: 'TAG_CHANGED'});
		expect(await git.tagObject('v1.0.0')).toMatchObject({commit: await git.head()});
	});
});

describe('the log', () => {
	it('tells messages of every form, newest first', async () => {
		const {run, git} = await makeRepo();
		const first = await git.head();
		const messages = ['fix: line\n\nbody with \u0001 in it\n\n- list', 'Merge branch "x"', 'feat(चाय): ☕'];
		for (const message of messages) await commit(run, message, '--author', 'Ravi [bot] <r@x>');
		await commit(run, '', '--allow-empty-message');
		const log = await git.log(first, 'HEAD');
		expect(log.map(({message}) => message)).toEqual(['', ...messages.toReversed()]);
		expect(log[1]).toMatchObject({
			authorName: 'Ravi [bot]',
			authorEmail: 'r@x',
			date: expect.stringMatching(/^\d{4}-/),
		});
		expect(await git.log(undefined, 'HEAD')).toHaveLength(5);
		expect(await git.log('HEAD', 'HEAD')).toEqual([]);
	});

	it('ends where a shallow clone ends, and the clone says so', async () => {
		const repo = await makeRepo();
		for (const message of ['one', 'two', 'three']) await commit(repo.run, message);
		const cwd = await temporaryFolder();
		await exec('git', ['clone', '--quiet', '--depth=2', `file://${repo.cwd}`, cwd], {env});
		const git = await openGit(cwd, makeTestHost({env}));
		expect(await git.isShallow()).toBe(true);
		expect(await git.log(undefined, 'HEAD')).toHaveLength(2);
		expect(await repo.git.isShallow()).toBe(false);
	});
});

describe('files at a commit', () => {
	it('are listed and shown whatever their names hold, from a folder below too', async () => {
		const {cwd, run} = await makeRepo();
		await mkdir(join(cwd, 'migrations'));
		await writeFile(join(cwd, 'migrations', '0001 चाय "x".mjs'), 'content\n');
		await run('add', '--all');
		await commit(run, 'feat: migration');
		const git = await openGit(join(cwd, 'migrations'), makeTestHost({env}));
		expect(await git.listFiles('HEAD', 'migrations')).toEqual(['migrations/0001 चाय "x".mjs']);
		expect(await git.show('HEAD', 'migrations/0001 चाय "x".mjs')).toBe('content\n');
		expect(await git.show('HEAD', 'gone')).toBeUndefined();
		expect(await git.listFiles('HEAD', 'gone')).toEqual([]);
	});
});

describe('the remote', () => {
	it('is read with its weird refs, which are never taken for a tag', async () => {
		const repo = await makeRepo();
		const remote = await addRemote(repo);
		const head = await repo.git.head();
		for (const ref of ['refs/heads/refs/tags/v1.0.0', 'refs/sastaops/lease', 'refs/pull/1/head', 'refs/tags/v1/x'])
			await exec('git', ['--git-dir', remote, 'update-ref', ref, head], {env});
		const refs = await repo.git.lsRemote('origin', ['refs/tags/v1.0.0']);
		expect(refs.get('refs/tags/v1.0.0')).toBeUndefined();
		expect((await repo.git.lsRemote('origin', ['refs/tags/v*'])).get('refs/tags/v1/x')).toBe(head);
	});

	it('takes tag and branch both or neither, and only where they are as expected', async () => {
		const repo = await makeRepo();
		const remote = await addRemote(repo);
		await commit(repo.run, 'fix: two');
		const {objectId} = await repo.git.createTag({
			tag: 'v1.0.0',
			commit: await repo.git.head(),
			message: 'm',
			tagger: TAGGER,
			sign: false,
		});
		const refspecs = [`${objectId}:refs/tags/v1.0.0`, 'HEAD:refs/heads/main'];
		const push = (expected: string) =>
			repo.git.push({remote: 'origin', refspecs, leases: [{ref: 'refs/tags/v1.0.0', expected}]});
		const refs = async () => (await exec('git', ['--git-dir', remote, 'for-each-ref'], {env})).stdout;

		const before = await refs();
		expect((await push('1'.repeat(40))).exitCode).not.toBe(0);
		expect(await refs()).toBe(before);
		expect((await push('')).exitCode).toBe(0);
		expect((await repo.git.lsRemote('origin', ['refs/tags/v1.0.0'])).get('refs/tags/v1.0.0')).toBe(objectId);
	});

	it('that does not answer is an outside failure with git’s own words', async () => {
		const repo = await makeRepo();
		const remote = await addRemote(repo);
		await rm(remote, {recursive: true});
		await expect(repo.git.lsRemote('origin', [])).rejects.toMatchObject({
			code: 'REMOTE_UNREACHABLE',
			exitCode: 6,
			details: expect.arrayContaining([expect.stringContaining('remote')]),
		});
		expect(await repo.git.remoteUrl('origin')).toBe(remote);
		expect(await repo.git.remoteUrl('elsewhere')).toBeUndefined();
	});
});
