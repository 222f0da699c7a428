import {makeCheck} from '../../check.js';
import {type LiveHealth, readLiveHealth} from '../../facts/live-health.js';
import {type Released, readReleased} from '../../facts/released.js';
import type {Finding} from '../../verdict.js';

type Facts = {
	readonly live: LiveHealth | undefined;
	readonly released: Pick<Released, 'version' | 'tag' | 'commit'> | 'none' | 'no-repository';
};

export const deployVersion = makeCheck<Facts>({
	id: 'deploy.version',
	group: 'deployment',
	title: 'The newest release is what is live',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 1,
	sends: ['GET <api>/health'],
	why: 'A release that never reached the shop helps nobody, and a version that nobody released cannot be rolled back.',
	fix: 'deploy the release, or make one of what is live: sastaops release create',
	references: ['docs/shop-contract.md'],
	async gather(context) {
		const released = await readReleased(context);
		return {released, live: typeof released === 'string' ? undefined : await readLiveHealth(context)};
	},
	judge: judgeVersion,
});

export function judgeVersion({live, released}: Facts): Finding {
	if (released === 'no-repository')
		return {
			verdict: 'skip',
			reason: 'this is no git repository: in the shop’s the live version is compared with its tags',
		};
	if (released === 'none') return {verdict: 'skip', reason: 'no release is tagged here yet'};
	if (live?.version === undefined)
		return {
			verdict: 'skip',
			reason: 'the shop does not tell its version: with it what is live is compared with the newest release',
		};
	const evidence = [`live ${live.version}`, `newest release ${released.version} (${released.tag})`];
	return live.version === released.version
		? {verdict: 'pass', reason: 'the newest release is live', evidence}
		: {verdict: 'fail', reason: 'what is live is not the newest release', evidence};
}
