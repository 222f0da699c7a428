import {describe, expect} from 'vitest';
import {sampledIt} from '../../support/sampled-it.js';
import {canaryRequestsIn, makeCanaryWorld} from './canary-world.js';

const CREATE = ['release', 'create', '1.1.0', '--no-github', '--canary', '--yes'];

const it = sampledIt('canary releases', {take: 1, of: 5});

describe('release create --canary', () => {
	it('says its stages in the plan, and changes nothing in a dry run', async () => {
		const {shop, canary} = await makeCanaryWorld();
		const {exitCode, stdout, stderr} = await shop.sastaops([...CREATE, '--dry-run']);
		expect(exitCode, stderr).toBe(0);
		expect(stdout).toMatch(/watch it at 20 %, 50 %, 100 %/);
		expect(stdout).toMatch(/replace the stable instances: .*node/);
		expect(canary.served()).toBe(0);
	});

	it('tags, walks the canary to 100 %, replaces the stable instances, and is released', async () => {
		const {shop, stable} = await makeCanaryWorld();
		const {exitCode, stdout, stderr} = await shop.sastaops([...CREATE, '--json']);
		expect(exitCode, `${stdout}${stderr}`).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({outcome: 'completed', version: '1.1.0'});
		expect(stable.behaviour.version).toBe('1.1.0');
		expect(await shop.git('ls-remote', '--tags', 'origin')).toContain('refs/tags/v1.1.0');
	});

	it('ends rolled back when the canary is worse; the stable instances are never touched', async () => {
		const {shop, stable, canary} = await makeCanaryWorld();
		canary.behaviour.errorShare = 0.5;
		const {exitCode, stdout, stderr} = await shop.sastaops([...CREATE, '--json']);
		expect(exitCode, `${stdout}${stderr}`).toBe(1);
		expect(JSON.parse(stdout)).toMatchObject({outcome: 'rolled-back', failure: {code: 'CANARY_ROLLED_BACK'}});
		expect(stable.behaviour.version).toBe('1.0.0');
		expect(await canaryRequestsIn(300, canary)).toBe(0);
		expect((await shop.sastaops(['release', 'status'])).exitCode).toBe(0);
	});

	it('killed in a stage, is resumed to its end', async () => {
		const {shop, stable, begin} = await makeCanaryWorld();
		const running = begin(CREATE, {SASTAOPS_FAULT: 'canary.set.after@2=kill'});
		expect(await running.ended).toMatchObject({signal: 'SIGKILL'});
		const status = JSON.parse((await shop.sastaops(['canary', 'status', '--json'])).stdout);
		expect(status).toMatchObject({open: {version: '1.1.0', stage: 2}});
		const {exitCode, stdout, stderr} = await shop.sastaops(['release', 'resume', '--json']);
		expect(exitCode, `${stdout}${stderr}`).toBe(0);
		expect(stable.behaviour.version).toBe('1.1.0');
	});

	it('killed in a stage, is taken back whole: traffic first, then the tag', async () => {
		const {shop, canary, begin} = await makeCanaryWorld();
		const running = begin(CREATE, {SASTAOPS_FAULT: 'canary.set.after@2=kill'});
		await running.ended;
		const aborted = await shop.sastaops(['canary', 'abort', '--json']);
		expect(JSON.parse(aborted.stdout)).toMatchObject({outcome: 'of-release', proof: {answeredByCanary: 0}});
		expect(await canaryRequestsIn(300, canary)).toBe(0);
		const {exitCode, stderr} = await shop.sastaops(['release', 'abort', '--yes']);
		expect(exitCode, stderr).toBe(0);
		expect(await shop.git('ls-remote', '--tags', 'origin')).not.toContain('v1.1.0');
	});
});
