import {relative} from 'node:path';
import {readIfThere} from '../../../kernel/read-if-there.js';
import {makeCheck} from '../../check.js';
import {type LiveHealth, readLiveHealth} from '../../facts/live-health.js';
import {readReleased} from '../../facts/released.js';
import type {Finding} from '../../verdict.js';

type Facts = {
	readonly live: LiveHealth | undefined;
	readonly environment: string;
	/** The configuration as it is here, and as the release has it; undefined where it is not there. */
	readonly here: string | undefined;
	readonly atRelease: string | undefined;
	readonly tag: string | undefined;
};

export const deployDrift = makeCheck<Facts>({
	id: 'deploy.drift',
	group: 'deployment',
	title: 'The configuration is the one that was released',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 1,
	sends: ['GET <api>/health'],
	why: 'A setting that was changed by hand is gone with the next deployment, or comes with it unseen.',
	fix: 'release the change, or take it back',
	references: [],
	async gather(context) {
		const {loaded} = context;
		const released = await readReleased(context);
		const live = await readLiveHealth(context);
		const isTagged = typeof released !== 'string' && loaded.file !== undefined;
		return {
			live,
			environment: loaded.config.shop.environment,
			here: loaded.file === undefined ? undefined : await readIfThere(loaded.file),
			atRelease: isTagged
				? await released.git.show(released.commit, relative(released.git.root, loaded.file))
				: undefined,
			tag: isTagged ? released.tag : undefined,
		};
	},
	judge: judgeDrift,
});

export function judgeDrift({live, environment, here, atRelease, tag}: Facts): readonly Finding[] {
	const findings: Finding[] = [];
	if (live?.environment !== undefined && live.environment !== environment) {
		findings.push({
			verdict: 'fail',
			subject: 'environment',
			reason: `the shop says it is ${live.environment}, the configuration says ${environment}`,
			fix: 'set SHOP_ENV of the shop, or shop.environment of sastaops.yaml',
		});
	}
	if (tag !== undefined && atRelease !== undefined && here !== undefined && here !== atRelease)
		findings.push({
			verdict: 'warn',
			subject: 'sastaops.yaml',
			severity: 'low',
			reason: 'sastaops.yaml has changed since the newest release',
			evidence: [`git diff ${tag} -- sastaops.yaml`],
		});
	if (findings.length > 0) return findings;
	return live === undefined && atRelease === undefined
		? [{verdict: 'skip', reason: 'there is neither a health that tells its environment nor a release to compare with'}]
		: [{verdict: 'pass', reason: 'the configuration is that of the release'}];
}
