import {describe, expect, it} from 'vitest';
import {sampledIt} from '../../support/sampled-it.js';
import {canaryRequestsIn, makeCanaryWorld} from './canary-world.js';

const sampled = sampledIt('hands at a canary', {take: 1, of: 6});

describe('a canary that somebody watches', () => {
	sampled('is aborted from another process: 0 % at once, and the watcher ends its run', async () => {
		const {shop, canary, begin} = await makeCanaryWorld({config: {bake: '60s'}});
		const running = begin();
		await running.says('Stage 1 of 3');
		const aborted = await shop.sastaops(['canary', 'abort', '--json']);
		expect(aborted.exitCode, aborted.stderr).toBe(0);
		expect(JSON.parse(aborted.stdout)).toMatchObject({outcome: 'asked', version: '1.1.0'});
		expect(await running.ended, running.said()).toMatchObject({exitCode: 3});
		expect(running.said()).toMatch(/taken back: (?:somebody asked for it|another hand set the canary to 0 %)/);
		expect(await canaryRequestsIn(400, canary)).toBe(0);
	});

	sampled('is held by hand, goes on by hand, and is promoted by hand, from any machine', async () => {
		const {shop, begin} = await makeCanaryWorld({config: {maxHold: '60s'}});
		const running = begin();
		await running.says('Stage 1 of 3');
		expect((await shop.sastaops(['canary', 'hold'])).exitCode).toBe(0);
		await running.says('held by hand');
		await new Promise((done) => setTimeout(done, 2500));
		expect(running.said()).not.toContain('Stage 2 of 3');
		const status = JSON.parse((await shop.sastaops(['canary', 'status', '--json'])).stdout);
		expect(status).toMatchObject({
			splitter: {share: 0.2},
			open: {stage: 1, holds: [expect.stringContaining('held by hand')]},
		});
		expect(status.open.holder).toMatchObject({pid: running.pid});
		expect((await shop.sastaops(['canary', 'promote'])).exitCode).toBe(0);
		await running.says('Stage 2 of 3: 50 %');
		expect((await shop.sastaops(['canary', 'go-on'])).exitCode).toBe(0);
		expect(await running.ended).toMatchObject({exitCode: 0});
	});

	sampled('asks a person when it was held for too long, and waits at 0 % for the answer', async () => {
		const config = {onMaxHold: 'ask', maxHold: '1s', lease: '2s'};
		const {shop, splitter, canary, begin} = await makeCanaryWorld({perSecond: 1, config});
		const running = begin();
		await running.says(/held for too long: .* Decide: sastaops canary promote, or sastaops canary abort/);
		await new Promise((done) => setTimeout(done, 2500));
		expect((await splitter.read()).leaseMs).toBe(0);
		expect(await canaryRequestsIn(1500, canary)).toBe(0);
		expect((await shop.sastaops(['canary', 'abort'])).exitCode).toBe(0);
		expect(await running.ended, running.said()).toMatchObject({exitCode: 3});
	});

	sampled('refuses a second one beside it', async () => {
		const {shop, begin} = await makeCanaryWorld({config: {bake: '60s'}});
		const running = begin();
		await running.says('Stage 1 of 3');
		const second = await shop.sastaops(['canary', '1.1.0', '--yes']);
		expect(second.exitCode).toBe(4);
		expect(second.stderr).toMatch(/already sends 20 % to a canary|is open|Another run is at work/);
		const release = await shop.sastaops(['release', 'create', '2.0.0', '--yes']);
		expect(release.exitCode).toBe(4);
	});

	sampled('goes back when somebody sets the splitter to 0 % past it', async () => {
		const {splitter, begin} = await makeCanaryWorld({config: {bake: '60s'}});
		const running = begin();
		await running.says('Stage 1 of 3');
		await splitter.revert();
		expect(await running.ended, running.said()).toMatchObject({exitCode: 3});
		expect(running.said()).toContain('another hand set the canary to 0 %');
	});

	sampled('holds, and overwrites nobody, when somebody sets another share', async () => {
		const {splitter, begin} = await makeCanaryWorld({config: {maxHold: '60s'}});
		const running = begin();
		await running.says('Stage 1 of 3');
		await splitter.set({share: 0.1, leaseMs: 60_000, owner: 'asha'});
		await running.says('held: another hand (asha) set the canary to 10 %');
		await new Promise((done) => setTimeout(done, 2500));
		expect(running.said()).not.toContain('Stage 2 of 3');
		expect(await splitter.read()).toMatchObject({share: 0.1, owner: 'asha'});
	});
});

describe('with nobody watching', () => {
	it('says so: nothing to hold, nothing to abort, and 0 % proved all the same', async () => {
		const {shop} = await makeCanaryWorld();
		const held = await shop.sastaops(['canary', 'hold']);
		expect(held.exitCode).toBe(4);
		expect(held.stderr).toContain('No canary is open');
		const aborted = await shop.sastaops(['canary', 'abort', '--json']);
		expect(JSON.parse(aborted.stdout)).toMatchObject({exitCode: 0, outcome: 'nothing'});
		const status = await shop.sastaops(['canary', 'status']);
		expect(status.exitCode).toBe(0);
		expect(status.stdout).toContain('sends nothing to a canary');
	});
});

describe('bad input', () => {
	it('ends with one clear line and no stack trace, whatever it is', async () => {
		const {shop} = await makeCanaryWorld();
		for (const {args, exit, says} of [
			{args: ['canary', 'banana', '--yes'], exit: 2, says: 'is no semantic version'},
			{args: ['canary', '1.1.0', '--weight', '0'], exit: 2, says: 'must be a percentage above 0'},
			{args: ['canary', '1.1.0', '--weight', '101'], exit: 2, says: 'must be a percentage'},
			{args: ['canary', '1.1.0'], exit: 2, says: '--yes'},
			{args: ['canary'], exit: 2, says: "missing required argument 'version'"},
			{args: ['canary', 'statsu'], exit: 2, says: 'is no semantic version'},
		]) {
			const {exitCode, stderr} = await shop.sastaops(args);
			expect(exitCode, stderr).toBe(exit);
			expect(stderr).toContain(says);
			expect(stderr).not.toContain('    at ');
		}
	});
});
