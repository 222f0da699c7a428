import {describe, expect} from 'vitest';
import {sampledIt} from '../../support/sampled-it.js';
import {canaryRequestsIn, makeCanaryWorld} from './canary-world.js';

type Result = {
	readonly outcome: string;
	readonly reason: string | null;
	readonly requests: number;
	readonly verdict: {readonly culprits: readonly string[]};
};

const resultOf = (stdout: string) => JSON.parse(stdout) as Result;

const it = sampledIt('canary verdicts', {take: 3, of: 12});

describe('a canary', () => {
	it('that is fine reaches 100 %, replaces the stable instances and gives them the traffic back', async () => {
		const {shop, stable, canary, splitter} = await makeCanaryWorld();
		const {exitCode, stdout, stderr} = await shop.sastaops(['canary', '1.1.0', '--yes', '--json']);
		expect(exitCode, stderr).toBe(0);
		expect(resultOf(stdout)).toMatchObject({outcome: 'promoted', verdict: {culprits: []}});
		expect(stable.behaviour.version).toBe('1.1.0');
		expect(await splitter.read()).toMatchObject({share: 0});
		expect(await canaryRequestsIn(500, canary)).toBe(0);
		expect(stderr).toContain('Stage 3 of 3: 100 %');
	});

	for (const {name, fault, base = {}, culprit} of [
		{name: 'fails one request in ten', fault: {errorShare: 0.1}, culprit: 'errors'},
		{name: 'fails on one route only', fault: {errorShare: 0.8, errorRoute: '/api/orders'}, culprit: 'errors'},
		{name: 'is slower by half', fault: {latencyMs: 30}, base: {latencyMs: 20}, culprit: 'latency'},
		{name: 'loses payments', fault: {paymentFailureShare: 0.7}, culprit: 'payments'},
	])
		it(`that ${name} goes back, and the stable instances are never touched`, async () => {
			const {shop, stable, canary, splitter} = await makeCanaryWorld({config: {bake: '6s'}});
			Object.assign(canary.behaviour, base, fault);
			Object.assign(stable.behaviour, base);
			const {exitCode, stdout, stderr} = await shop.sastaops(['canary', '1.1.0', '--yes', '--json']);
			expect(exitCode, stderr).toBe(1);
			expect(resultOf(stdout).verdict.culprits[0], stdout).toBe(culprit);
			expect(resultOf(stdout).outcome).toBe('rolled-back');
			expect(stable.behaviour.version).toBe('1.0.0');
			expect(await splitter.read()).toMatchObject({share: 0});
			expect(await canaryRequestsIn(500, canary)).toBe(0);
			expect(stderr).toMatch(/200 probes and the counters of the gateway .* agree/);
		});

	it('that breaks only after a healthy stage goes back then', async () => {
		const {shop, canary, begin} = await makeCanaryWorld();
		const running = begin();
		await running.says('Stage 2 of 3');
		canary.behaviour.errorShare = 0.4;
		expect(await running.ended).toMatchObject({exitCode: 1});
		expect(running.said()).toMatch(/Rolled back: errors/);
		expect((await shop.sastaops(['canary', 'status'])).exitCode).toBe(0);
	});

	it('is not blamed for what stable does too', async () => {
		const {shop, stable, canary} = await makeCanaryWorld();
		stable.behaviour.errorShare = 0.2;
		canary.behaviour.errorShare = 0.2;
		const {exitCode, stdout, stderr} = await shop.sastaops(['canary', '1.1.0', '--yes', '--json']);
		expect(resultOf(stdout).outcome, stderr).toBe('promoted');
		expect(exitCode).toBe(0);
	});

	it('that dies is sent back at once, without statistics', async () => {
		const {canary, begin} = await makeCanaryWorld({config: {bake: '30s', guards: {errors: 'off'}}});
		const running = begin();
		await running.says('Stage 1 of 3');
		canary.behaviour.isDead = true;
		expect(await running.ended).toMatchObject({exitCode: 1});
		expect(running.said()).toMatch(/the canary is not healthy|every one of the last \d+ requests/);
	});

	it('that restarts again and again is sent back', async () => {
		const {canary, begin} = await makeCanaryWorld({config: {bake: '30s'}});
		const running = begin();
		await running.says('Stage 1 of 3');
		const crashing = setInterval(() => canary.restart(), 500);
		const {exitCode} = await running.ended;
		clearInterval(crashing);
		expect(exitCode).toBe(1);
		expect(running.said()).toMatch(/was restarted 3 times in ten minutes/);
	});
});

describe('without data', () => {
	it('a canary is never promoted: no customers, held, and taken back as inconclusive', async () => {
		const {shop, stable} = await makeCanaryWorld({perSecond: 0.5});
		const {exitCode, stdout, stderr} = await shop.sastaops(['canary', '1.1.0', '--yes', '--json']);
		expect(exitCode, stderr).toBe(3);
		expect(JSON.parse(stdout)).toMatchObject({verdict: expect.anything(), outcome: 'rolled-back'});
		expect(resultOf(stdout).reason).toMatch(/held for too long: .*(?:no guard was counted|only \d+ requests)/);
		expect(stable.behaviour.version).toBe('1.0.0');
	});

	it('holds while an instance does not tell its metrics, and goes on when it does', async () => {
		const {canary, begin} = await makeCanaryWorld({config: {maxHold: '30s'}});
		const running = begin();
		await running.says('Stage 1 of 3');
		canary.behaviour.isMetricsCut = true;
		await running.says(/held: http\S+ does not tell its metrics/);
		await new Promise((done) => setTimeout(done, 3000));
		expect(running.said()).not.toContain('Stage 2 of 3');
		canary.behaviour.isMetricsCut = false;
		expect(await running.ended).toMatchObject({exitCode: 0});
	});

	it('refuses to begin when nothing is as it should be, and names it all', async () => {
		const {shop, stable, canary, splitter} = await makeCanaryWorld();
		stable.behaviour.isHealthy = false;
		canary.behaviour.version = '1.0.9';
		await splitter.set({share: 0.3, leaseMs: 60_000, owner: 'somebody'});
		const {exitCode, stderr} = await shop.sastaops(['canary', '1.1.0', '--yes']);
		expect(exitCode).toBe(4);
		expect(stderr).toContain('the splitter already sends 30 % to a canary (somebody)');
		expect(stderr).toMatch(/the stable instance \S+ is not healthy: 503 down/);
		expect(stderr).toMatch(/the canary \S+ does not run 1.1.0: 200 ok, version 1.0.9/);
		expect(await splitter.read()).toMatchObject({share: 0.3, owner: 'somebody'});
	});
});
