import {peekJournal, reopenJournal} from '../../kernel/journal/journal.js';
import {isDone, type Step} from '../../kernel/steps.js';
import type {GitHub} from '../../ports/github.js';
import {markerOf} from '../plan.js';
import {type AnyPlan, endRun, planOf} from '../run.js';
import {deployStep} from '../steps/deploy-steps.js';
import type {RollbackContext} from './context.js';

/** Brings the old version back by the same command that deploys. */
export const deployTarget = deployStep<RollbackContext>(({plan}) => ({...plan.target, environment: plan.environment}));

/** The release that was under way is over: nobody may resume it. */
export const endOpenRun: Step<RollbackContext> = {
	name: 'end-run',
	title: ({plan}) => `end        the run ${plan.endsRun ?? ''}`,
	async probe({plan, world}) {
		const journal = await peekJournal(world.runs, plan.endsRun ?? '', world.mirror);
		return !journal || journal.records.at(-1)?.type === 'end' ? {state: 'done'} : {state: 'absent'};
	},
	async apply({plan, world, lease, host, github}) {
		const journal = await reopenJournal(
			{folder: world.runs, run: plan.endsRun ?? '', lease, mirror: world.mirror},
			host,
		);
		try {
			const isDraftGone = github !== undefined && (await deleteDraftOf(github, planOf(journal.records)));
			await endRun(journal, 'rolled-back');
			return isDraftGone ? {detail: 'its draft on GitHub is deleted'} : {};
		} finally {
			await journal.close();
		}
	},
};

/** What that run published stays, and is marked; only what nobody ever saw goes. */
async function deleteDraftOf(github: GitHub, plan: AnyPlan): Promise<boolean> {
	if (plan.kind !== 'release' || !plan.github) return false;
	const marker = markerOf(plan.run);
	const found = await github.findRelease(plan.tag, marker);
	if (found.kind !== 'ours' || !found.release.isDraft) return false;
	await github.deleteDuplicates(plan.tag, marker);
	return github.deleteDraft(found.release.id, marker);
}

/** On GitHub every release taken back says so, and the deployment to what runs now is recorded. Tags and assets stay. */
export const markReleases: Step<RollbackContext> = {
	name: 'mark',
	title: ({plan}) => `mark       ${plan.releases.map(({tag}) => tag).join(', ')} as rolled back`,
	probe: async ({journal}) => (isDone(journal.records, 'mark') ? {state: 'done'} : {state: 'absent'}),
	async apply({plan, github, host}) {
		if (!github) return {};
		const marker = `<!-- sastaops:rolled-back:${plan.run} -->`;
		const banner = `> **Rolled back** to ${plan.version} on ${new Date(plan.createdAt).toISOString().slice(0, 10)}. ${marker}\n\n`;
		let marked = 0;
		for (const {tag} of plan.releases) {
			const release = await github.readPublished(tag);
			if (!release) continue;
			if (!release.body.includes(marker))
				await github.updateRelease(release.id, {body: (banner + release.body).slice(0, 125_000)});
			marked++;
		}
		const found = await github.findDeployment(plan.run, plan.environment);
		const payload = {rollback: true, version: plan.version};
		const {id} =
			found ??
			(await github.createDeployment({
				ref: plan.target.tag,
				environment: plan.environment,
				run: plan.run,
				description: `rollback to ${plan.version}`,
				payload,
			}));
		await github.setDeploymentStatus(id, 'success', `${plan.version} is live again`);
		host.emit({type: 'log', level: 'debug', message: `${marked} releases marked`});
		return {detail: `${marked} releases`};
	},
};
