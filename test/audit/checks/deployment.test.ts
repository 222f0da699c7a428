import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {simpleGit} from 'simple-git';
import {describe, expect, it} from 'vitest';
import {temporaryFolder} from '../../support/folder.js';
import {serveJson} from '../../support/serve.js';
import {auditFolder, toldBy, writeFiles} from '../audit-folder.js';

type Said = {readonly version?: string; readonly commit?: string; readonly environment?: string};

/** A repository with tags, a live shop beside it that says something of itself, and what the audit tells. */
async function audit(say: (commits: Readonly<Record<string, string>>) => Said, change?: string) {
	const root = join(await temporaryFolder(), 'shop');
	await mkdir(root);
	const git = simpleGit(root);
	await git.init(['-b', 'main']);
	await git.addConfig('user.name', 'Asha').addConfig('user.email', 'asha@shop.example');
	const commits: Record<string, string> = {};
	for (const version of ['1.9.0', '1.10.0', '2.0.0-rc.1']) {
		await writeFiles(root, {'sastaops.yaml': 'version: 1\n', 'version.txt': version});
		await git.add('.').commit(version);
		commits[version] = await git.revparse('HEAD');
		await git.addAnnotatedTag(`v${version}`, version);
	}
	if (change !== undefined) await writeFiles(root, {'sastaops.yaml': change});
	const url = await serveJson({'/api/health': {status: 'ok', ...say(commits)}});
	return auditFolder(root, ['deployment'], {domain: url});
}

const live = (version: string) => (commits: Readonly<Record<string, string>>) => ({
	version,
	commit: commits[version]?.slice(0, 7) ?? 'abcdef0',
	environment: 'production',
});

describe('what is live', () => {
	it('passes when it is the newest release, by numbers and not by letters, and no prerelease', async () => {
		const {checks} = await audit(live('1.10.0'));

		expect(checks.map(({id, verdict}) => `${id} ${verdict}`)).toEqual([
			'deploy.version pass',
			'deploy.commit pass',
			'deploy.drift pass',
		]);
	});

	it('fails when it is an older one', async () => {
		expect(toldBy(await audit(live('1.9.0')))).toEqual(['deploy.version fail']);
	});

	it('fails when it is built from something else', async () => {
		const said = () => ({version: '1.10.0', commit: 'abcdef0', environment: 'production'});

		expect(toldBy(await audit(said))).toEqual(['deploy.commit fail']);
	});

	it('fails when nobody has released it', async () => {
		expect(toldBy(await audit(live('9.9.9')))).toEqual(['deploy.version fail', 'deploy.commit fail']);
	});

	it('fails when it runs as another environment', async () => {
		const said = (commits: Readonly<Record<string, string>>) => ({...live('1.10.0')(commits), environment: 'staging'});

		expect(toldBy(await audit(said))).toEqual(['deploy.drift fail']);
	});

	it('warns when the configuration has changed since', async () => {
		expect(toldBy(await audit(live('1.10.0'), 'version: 1\nshop: {name: other}\n'))).toEqual(['deploy.drift warn']);
	});

	it('is skipped for a shop that tells nothing of itself', async () => {
		const {checks} = await audit(() => ({}));

		expect(checks.map(({verdict}) => verdict)).toEqual(['skip', 'skip', 'pass']);
	});
});

it('is not asked in a folder that is no repository', async () => {
	const url = await serveJson({'/api/health': {status: 'ok', version: '1.0.0', commit: 'abcdef0'}});
	const {checks} = await auditFolder(await temporaryFolder(), ['deployment'], {domain: url});

	expect(checks.map(({verdict}) => verdict)).toEqual(['skip', 'skip', 'pass']);
});

it('is inconclusive when the shop does not answer', async () => {
	const root = await temporaryFolder();
	const git = simpleGit(root);
	await git.init(['-b', 'main']);
	await git.addConfig('user.name', 'Asha').addConfig('user.email', 'asha@shop.example');
	await writeFiles(root, {'a.txt': 'a'});
	await git.add('.').commit('a');
	await git.addTag('v1.0.0');

	expect(toldBy(await auditFolder(root, ['deploy.version'], {domain: 'http://127.0.0.1:9'}))).toEqual([
		'deploy.version inconclusive',
	]);
});
