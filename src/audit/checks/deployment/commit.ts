import {makeCheck} from '../../check.js';
import {type LiveHealth, readLiveHealth} from '../../facts/live-health.js';
import {readReleased} from '../../facts/released.js';
import type {Finding} from '../../verdict.js';

/** The commit of the tag of the live version; undefined where there is no such tag. */
type Facts = {
	readonly live: LiveHealth | undefined;
	readonly tagged: string | undefined;
	readonly isRepository: boolean;
};

export const deployCommit = makeCheck<Facts>({
	id: 'deploy.commit',
	group: 'deployment',
	title: 'The live version was built from the commit its tag names',
	severity: 'high',
	effect: 'passive',
	maxRequests: 1,
	sends: ['GET <api>/health'],
	why: 'When code and tag differ, what was tested is not what runs, and a rollback brings back something else.',
	fix: 'deploy the tag itself: sastaops release create does; SASTAOPS_COMMIT tells the shop its commit',
	references: ['docs/shop-contract.md'],
	async gather(context) {
		const released = await readReleased(context);
		if (typeof released === 'string')
			return {live: undefined, tagged: undefined, isRepository: released !== 'no-repository'};
		const live = await readLiveHealth(context);
		const {tagPrefix} = context.loaded.config.release;
		const tagged =
			live?.version === undefined
				? undefined
				: await released.git.resolve(`refs/tags/${tagPrefix}${live.version}^{commit}`);
		return {live, tagged, isRepository: true};
	},
	judge: judgeCommit,
});

export function judgeCommit({live, tagged, isRepository}: Facts): Finding {
	if (!isRepository)
		return {
			verdict: 'skip',
			reason: 'this is no git repository: in the shop’s the live commit is compared with its tag',
		};
	if (live?.version === undefined || live.commit === undefined)
		return {
			verdict: 'skip',
			reason: 'the shop does not tell its version and commit: with them a deployment of something else is found',
		};
	const evidence = [`live ${live.version} of ${live.commit}`];
	if (tagged === undefined)
		return {
			verdict: 'fail',
			reason: 'the live version has no tag here',
			evidence,
			fix: 'git fetch --tags; if there is still none, release what is live: sastaops release create',
		};
	return tagged.startsWith(live.commit.toLowerCase()) && live.commit.length >= 7
		? {verdict: 'pass', reason: 'the live version is built from its tag', evidence}
		: {
				verdict: 'fail',
				reason: 'the live version is not built from its tag',
				evidence: [...evidence, `the tag names ${tagged}`],
			};
}
