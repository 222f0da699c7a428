import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Step} from '../../kernel/steps.js';
import {type ReleaseContext, releaseCommit, textFact} from '../context.js';
import {addToChangelog} from '../notes/changelog.js';

/**
 * Writes the release into the changelog, in a commit that no ref names yet and no work tree sees. Everything in it is
 * frozen in the plan: made again, it is the same commit.
 */
export const commitChangelog: Step<ReleaseContext> = {
	name: 'changelog',
	title: ({plan}) => `changelog  ${plan.changelog ?? ''}`,
	async probe(context) {
		const commit = textFact(context, 'changelog', 'commit');
		return commit !== undefined && (await context.world.git.resolve(commit)) !== undefined
			? {state: 'done', facts: {commit}}
			: {state: 'absent'};
	},
	async apply({plan, world}) {
		const path = plan.changelog ?? '';
		const before = (await world.git.show(plan.commit, path)) ?? '';
		const date = new Date(plan.createdAt).toISOString().slice(0, 10);
		const commit = await world.git.commitFile({
			parent: plan.commit,
			path,
			content: addToChangelog(before, {version: plan.version, date, notes: plan.notes}),
			message: `chore(release): ${plan.version}\n`,
			author: plan.tagger,
		});
		return {facts: {commit}, detail: commit.slice(0, 7)};
	},
};

/** Brings the branch here to the pushed commit; the one file that differs is the changelog. */
export const fastForward: Step<ReleaseContext> = {
	name: 'fast-forward',
	title: ({plan}) => `follow     ${plan.branch} to the release commit`,
	async probe(context) {
		const {git} = context.world;
		return (await git.isAncestor(releaseCommit(context), 'HEAD')) ? {state: 'done'} : {state: 'absent'};
	},
	async apply(context) {
		const {git} = context.world;
		const {exitCode, stderr} = await git.run(['merge', '--ff-only', '--quiet', releaseCommit(context)]);
		if (exitCode === 0) return {};
		throw new SastaError('FAST_FORWARD_FAILED', `${context.plan.branch} here cannot follow to the release commit`, {
			exitCode: EXIT.stopped,
			details: stderr.trim().split('\n').slice(-3),
			hint: 'Put your changes away (git stash), then: sastaops release resume',
		});
	},
};
