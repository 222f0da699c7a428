import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {configSchema, type DeployConfig} from '../../src/kernel/config/schema.js';
import {openDeployer} from '../../src/ports/deployer.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost} from '../support/host.js';

const DEPLOYMENT = {version: '1.2.0', tag: 'v1.2.0', commit: 'c0ffee', environment: 'production'};

function deployConfig(deploy: object): DeployConfig {
	const {release} = configSchema.parse({release: {deploy}});
	if (!release.deploy) throw new Error('no deploy');
	return release.deploy;
}

function open(deploy: object, root = process.cwd(), host = makeTestHost()) {
	const deployer = openDeployer(deployConfig(deploy), root, host);
	if (!deployer) throw new Error('no deployer');
	return deployer;
}

describe('a deploy command', () => {
	it('is told version, tag, commit and environment, and runs where the configuration lies', async () => {
		const root = await temporaryFolder();
		const script = 'echo "$SASTAOPS_VERSION $SASTAOPS_TAG $SASTAOPS_COMMIT $SASTAOPS_ENVIRONMENT" > told; pwd >> told';
		await open({command: ['sh', '-c', script]}, root).deploy(DEPLOYMENT);
		expect(await readFile(join(root, 'told'), 'utf8')).toBe(`1.2.0 v1.2.0 c0ffee production\n${root}\n`);
	});

	it('has no shell, unless it asks for one', async () => {
		const root = await temporaryFolder();
		const host = makeTestHost();
		await open({command: 'echo $SASTAOPS_VERSION && false'}, root, host).deploy(DEPLOYMENT);
		await open({command: {run: 'echo "$SASTAOPS_VERSION" | tr . -', shell: true}}, root, host).deploy(DEPLOYMENT);
		const said = host.events.map((event) => (event.type === 'log' ? event.message : ''));
		expect(said).toEqual(['$SASTAOPS_VERSION && false', '1-2-0']);
	});

	it.each([
		['fails', 'echo why >&2; exit 7', 'failed (exit code 7)'],
		['is killed', 'echo why; kill -9 $$', 'was ended by SIGKILL'],
	])('that %s stops the run with its last words', async (_how, script, words) => {
		await expect(open({command: ['sh', '-c', script]}).deploy(DEPLOYMENT)).rejects.toMatchObject({
			code: 'DEPLOY_FAILED',
			exitCode: 5,
			message: expect.stringContaining(words),
			details: ['why'],
		});
	});

	it('that does not end in time is ended', async () => {
		const deployer = open({command: {run: ['sleep', '30'], timeout: '200ms'}});
		await expect(deployer.deploy(DEPLOYMENT)).rejects.toMatchObject({
			code: 'DEPLOY_FAILED',
			message: expect.stringContaining('did not end in time'),
		});
	});

	it('that is not there is named', async () => {
		await expect(open({command: 'no-such-program up'}).deploy(DEPLOYMENT)).rejects.toMatchObject({
			code: 'COMMAND_NOT_FOUND',
		});
	});

	it('is shown as a person would type it', () => {
		expect(open({command: ['npm', 'run', 'deploy it']}).title).toBe('npm run "deploy it"');
		expect(open({pm2: 'ecosystem.config.cjs'}).title).toBe('pm2 reload ecosystem.config.cjs --update-env');
	});
});

it('nothing configured deploys nothing', () => {
	expect(openDeployer(undefined, '/', makeTestHost())).toBeUndefined();
	expect(openDeployer(deployConfig({}), '/', makeTestHost())).toBeUndefined();
});
