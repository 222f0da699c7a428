import {describe, expect, it} from 'vitest';
import {sampledIt} from '../../support/sampled-it.js';
import {chooseSeed, makeRandom, sample} from '../../support/sweep.js';
import {type CanaryWorld, canaryRequestsIn, makeCanaryWorld} from './canary-world.js';

/** Every kind of point a canary passes, and the occurrence at which something is under way. */
const POINTS = [
	'run.begin.after@1',
	'canary-watch.before@1',
	'canary.look@2',
	'canary.look@7',
	'canary.set.before@1',
	'canary.set.after@1',
	'canary.set.before@2',
	'canary.set.after@2',
	'canary.set.before@3',
	'canary.set.after@3',
	'canary.look@30',
	'canary-watch.after@1',
	'canary-promote.before@1',
	'canary-promote.after@1',
	'canary-finish.before@1',
	'journal.mirror@9',
	'run.ended@1',
];
const BACKWARD = ['canary.revert.before@1', 'canary.revert.after@1', 'canary-watch.after@1'];

const random = makeRandom(chooseSeed('canary crash'));
const points = sample(POINTS, 1, random);
const backward = sample(BACKWARD, 1, random);
const sampled = sampledIt('canary interruptions', {take: 1, of: 3});

describe('killed in the middle', () => {
	it.each(points)('at %s: falls to zero by itself, and resume goes on to the end', async (point) => {
		const world = await makeCanaryWorld({config: {lease: '3s'}});
		await killAt(world, point);
		await expectZeroBeforeLong(world);
		const resumed = await world.shop.sastaops(['canary', 'resume', '--json']);
		if (point === 'run.ended@1') expect(resumed.stdout).toContain('NO_OPEN_RUN');
		else expect(resumed.exitCode, `${resumed.stdout}\n${resumed.stderr}`).toBe(0);
		expect(world.stable.behaviour.version).toBe('1.1.0');
		expect(await canaryRequestsIn(300, world.canary)).toBe(0);
	});

	it.each(backward)('at %s while it goes back: resume ends at zero with the same verdict', async (point) => {
		const world = await makeCanaryWorld({config: {lease: '3s'}});
		world.canary.behaviour.errorShare = 0.5;
		await killAt(world, point);
		await expectZeroBeforeLong(world);
		const resumed = await world.shop.sastaops(['canary', 'resume', '--json']);
		expect(resumed.exitCode, `${resumed.stdout}\n${resumed.stderr}`).toBe(1);
		expect(JSON.parse(resumed.stdout)).toMatchObject({outcome: 'rolled-back', verdict: {culprits: ['errors']}});
		expect(world.stable.behaviour.version).toBe('1.0.0');
	});

	sampled('can be aborted by another process, from whatever stage', async () => {
		const world = await makeCanaryWorld({config: {lease: '3s'}});
		await killAt(world, 'canary.set.after@2');
		const aborted = await world.shop.sastaops(['canary', 'abort', '--json']);
		expect(aborted.exitCode, aborted.stderr).toBe(0);
		expect(JSON.parse(aborted.stdout)).toMatchObject({outcome: 'aborted', proof: {probes: 200, answeredByCanary: 0}});
		expect(await canaryRequestsIn(500, world.canary)).toBe(0);
		expect((await world.shop.sastaops(['release', 'status'])).exitCode).toBe(0);
	});

	sampled('keeps its evidence: what was seen before the kill counts after it', async () => {
		// So lenient that errors are counted and never a verdict.
		const guards = {errors: {worse: '60 points', acceptable: '90 points'}};
		const world = await makeCanaryWorld({config: {bake: '30s', lease: '3s', guards}});
		world.canary.behaviour.errorShare = 0.5;
		// Errors are seen before it is killed; afterwards the canary is healthy.
		await killAt(world, 'canary.look@16');
		const before = JSON.parse((await world.shop.sastaops(['canary', 'status', '--json'])).stdout);
		world.canary.behaviour.errorShare = 0;
		const running = world.begin(['canary', 'resume', '--json']);
		await running.says('Going on at stage 1: nobody watched for');
		await new Promise((done) => setTimeout(done, 1000));
		const after = JSON.parse((await world.shop.sastaops(['canary', 'status', '--json'])).stdout);
		const errorsIn = ({open}: typeof before) => open.verdict.guards[0].counts.canary;
		expect(errorsIn(before).events).toBeGreaterThan(0);
		expect(errorsIn(after).events).toBeGreaterThanOrEqual(errorsIn(before).events);
		expect(errorsIn(after).trials).toBeGreaterThan(errorsIn(before).trials);
	});
});

describe('stopped by hand', () => {
	sampled('takes the canary to 0 % before it ends, says how to go on, and goes on', async () => {
		const world = await makeCanaryWorld({config: {lease: '3s'}});
		const running = world.begin();
		await running.says('Stage 2 of 3');
		running.kill('SIGINT');
		expect(await running.ended).toMatchObject({exitCode: 130});
		expect(running.said()).toMatch(/The canary is at 0 % while nobody watches/);
		expect(running.said()).toContain('canary resume');
		expect(await canaryRequestsIn(400, world.canary)).toBe(0);
		expect((await world.shop.sastaops(['canary', 'resume'])).exitCode).toBe(0);
	});
});

async function killAt(world: CanaryWorld, point: string): Promise<void> {
	const running = world.begin(['canary', '1.1.0', '--yes'], {SASTAOPS_FAULT: `${point}=kill`});
	expect(await running.ended, running.said()).toMatchObject({signal: 'SIGKILL'});
}

/** The lease of three seconds is all there is: nobody acts. */
async function expectZeroBeforeLong({splitter, canary}: CanaryWorld): Promise<void> {
	await new Promise((done) => setTimeout(done, 3200));
	expect((await splitter.read()).leaseMs).toBe(0);
	expect(await canaryRequestsIn(300, canary)).toBe(0);
}
