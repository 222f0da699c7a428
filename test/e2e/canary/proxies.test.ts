import {describe, expect} from 'vitest';
import {caddyPath} from '../../support/proxies/caddy.js';
import {haproxyPath} from '../../support/proxies/haproxy.js';
import {nginxPath} from '../../support/proxies/nginx.js';
import {sampledIt} from '../../support/sampled-it.js';
import {canaryRequestsIn, makeCanaryWorld} from './canary-world.js';

const PROXIES = [
	...(haproxyPath() === undefined ? [] : [{proxy: 'haproxy', canExpire: true} as const]),
	// A lease of five minutes is the shortest there: its end is proved in test/ports/splitter.
	...(nginxPath() === undefined ? [] : [{proxy: 'nginx', canExpire: false} as const]),
	...(caddyPath() === undefined ? [] : [{proxy: 'caddy', canExpire: false} as const]),
];

describe.each(PROXIES)('a canary behind $proxy', ({proxy, canExpire}) => {
	const it = sampledIt(`canaries behind ${proxy}`, {take: 1, of: 5});

	it('that is fine reaches 100 %, and the stable instances get the traffic back', async () => {
		const {shop, stable, canary, splitter} = await makeCanaryWorld({proxy});
		const {exitCode, stdout, stderr} = await shop.sastaops(['canary', '1.1.0', '--yes', '--json']);
		expect(exitCode, `${stdout}${stderr}`).toBe(0);
		expect(stable.behaviour.version).toBe('1.1.0');
		expect((await splitter.read()).share).toBe(0);
		expect(await canaryRequestsIn(500, canary)).toBe(0);
	});

	it('that fails goes back, and what it served is told', async () => {
		const {shop, canary} = await makeCanaryWorld({proxy, config: {bake: '20s'}});
		canary.behaviour.errorShare = 0.3;
		const {exitCode, stdout, stderr} = await shop.sastaops(['canary', '1.1.0', '--yes', '--json']);
		expect(exitCode, `${stdout}${stderr}`).toBe(1);
		const {requests, verdict} = JSON.parse(stdout) as {requests: number; verdict: {culprits: string[]}};
		expect(verdict.culprits).toContain('errors');
		expect(await canaryRequestsIn(500, canary)).toBe(0);
		// What came after the last look and before 0 % is the difference.
		expect(requests).toBeLessThanOrEqual(canary.served());
		expect(requests).toBeGreaterThan(canary.served() * 0.5);
	});

	it('whose watcher is killed falls to 0 % with nobody acting, and goes on when resumed', async () => {
		const {shop, stable, canary, splitter, begin} = await makeCanaryWorld({proxy, config: {lease: '3s'}});
		const running = begin(['canary', '1.1.0', '--yes'], {SASTAOPS_FAULT: 'canary.set.after@2=kill'});
		expect(await running.ended, running.said()).toMatchObject({signal: 'SIGKILL'});
		if (canExpire) {
			await new Promise((done) => setTimeout(done, 4500));
			expect((await splitter.read()).leaseMs).toBe(0);
			expect(await canaryRequestsIn(400, canary)).toBe(0);
		}
		const {exitCode, stdout, stderr} = await shop.sastaops(['canary', 'resume', '--json']);
		expect(exitCode, `${stdout}${stderr}`).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({
			gaps: [
				expect.stringContaining(canExpire ? 'had taken the canary to 0 % by itself' : 'still sent 50 % to the canary'),
			],
		});
		expect(stable.behaviour.version).toBe('1.1.0');
	});

	it('notices a reload by another hand, tells the share again, and goes on', async () => {
		const {canary, proxy: real, begin} = await makeCanaryWorld({proxy, config: {bake: '4s', maxHold: '30s'}});
		const running = begin();
		await running.says('Stage 1 of 3');
		await new Promise((done) => setTimeout(done, 1500));
		await real.reload();
		await running.says(/was reloaded or restarted by somebody/);
		await new Promise((done) => setTimeout(done, 1000));
		expect(await canaryRequestsIn(800, canary)).toBeGreaterThan(0);
		expect(await running.ended, running.said()).toMatchObject({exitCode: 0});
	});

	it('is held when the proxy is gone, and leaves the run open when it stays so', async () => {
		const {shop, stable, proxy: real, begin} = await makeCanaryWorld({proxy});
		const running = begin();
		await running.says('Stage 1 of 3');
		await real.kill();
		await running.says(/held: .*does not/);
		expect(await running.ended, running.said()).toMatchObject({exitCode: 5});
		expect(running.said()).toMatch(/must go back .* and .* does not do it/);
		expect(running.said()).toContain('sastaops canary abort');
		expect(stable.behaviour.version).toBe('1.0.0');
		expect((await shop.sastaops(['canary', 'status'])).exitCode).toBe(3);
	});
});
