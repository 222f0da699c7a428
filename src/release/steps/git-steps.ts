import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Step} from '../../kernel/steps.js';
import {lastWords} from '../../ports/process.js';
import {type ReleaseContext, releaseCommit, textFact} from '../context.js';
import {readTagMessage, writeTagMessage} from '../tag-message.js';

/**
 * Makes the annotated tag here, once: everything in it is frozen in the plan, so that an unsigned one made again on
 * another machine is the same object. Nobody sees it yet.
 */
export const tag: Step<ReleaseContext> = {
	name: 'tag',
	title: ({plan}) => `tag        ${plan.tag}`,
	async probe(context) {
		const {plan, world} = context;
		const found = await world.git.tagObject(plan.tag);
		if (!found) return {state: 'absent'};
		if (readTagMessage(found.message ?? '').run === plan.run && found.commit === releaseCommit(context))
			return {state: 'done', facts: {objectId: found.objectId}};
		return {
			state: 'foreign',
			reason: `The tag ${plan.tag} exists here and is not this release’s (it is ${found.commit.slice(0, 7)})`,
		};
	},
	async apply(context) {
		const {plan, world} = context;
		// On another machine than the one that pushed it, the remote's is the one there must ever be.
		const there = await remoteTag(context);
		if (there !== undefined) await world.git.fetchTag(plan.remote, plan.tag);
		const made =
			there === undefined
				? await world.git.createTag({
						...plan,
						commit: releaseCommit(context),
						message: writeTagMessage(plan, textFact(context, 'backup', 'sha256')),
					})
				: await world.git.tagObject(plan.tag);
		if (!made || readTagMessage(made.message ?? '').run !== plan.run) throw foreignTag(context, there ?? '');
		return {facts: {objectId: made.objectId}, detail: `${plan.sign ? 'signed, ' : ''}${made.objectId.slice(0, 7)}`};
	},
	async undo({plan, world}) {
		const found = await world.git.tagObject(plan.tag);
		if (!found || readTagMessage(found.message ?? '').run !== plan.run)
			return `there is no tag ${plan.tag} of ours here`;
		await world.git.deleteTag(plan.tag, found.objectId);
		return `the tag ${plan.tag} is deleted here`;
	},
};

/** The point of no return: tag, and branch where it is ahead, in one atomic act. What happened is asked of the remote. */
export const push: Step<ReleaseContext> = {
	name: 'push',
	title: ({plan}) => `push       ${plan.tag}`,
	async probe(context) {
		const there = await remoteTag(context);
		if (there === undefined) return {state: 'absent'};
		if (there === textFact(context, 'tag', 'objectId')) return {state: 'done', facts: {objectId: there}};
		return {
			state: 'foreign',
			reason: foreignTag(context, there).message,
			hint: `Release another version; this run can only be aborted: sastaops release abort`,
		};
	},
	async apply(context) {
		const {plan, world, host} = context;
		const objectId = textFact(context, 'tag', 'objectId');
		if (objectId === undefined) throw new Error('push without a tag object');
		const branch = await branchRefspecs(context);
		const result = await world.git.push({
			remote: plan.remote,
			refspecs: [`${objectId}:refs/tags/${plan.tag}`, ...branch],
			leases: [{ref: `refs/tags/${plan.tag}`, expected: ''}],
		});
		await host.fault('push.answer');
		const there = await remoteTag(context);
		if (there === objectId)
			return {facts: {objectId}, detail: branch.length > 0 ? `with ${plan.branch}` : 'the branch was there'};
		if (there !== undefined) throw foreignTag(context, there);
		throw new SastaError(
			'PUSH_REFUSED',
			`${plan.remote} did not take the tag ${plan.tag}${result.timedOut ? ': no answer in time' : ''}`,
			{
				exitCode: EXIT.stopped,
				details: lastWords(`${result.stdout}\n${result.stderr}`, host),
				hint: 'Mend it, then: sastaops release resume; or go back: sastaops release abort',
			},
		);
	},
	async undo(context) {
		const {plan, world} = context;
		const there = await remoteTag(context);
		const ours = textFact(context, 'tag', 'objectId') ?? textFact(context, 'push', 'objectId');
		if (there === undefined || there !== ours) return `there is no tag ${plan.tag} of ours on ${plan.remote}`;
		await world.git.push({
			remote: plan.remote,
			refspecs: [`:refs/tags/${plan.tag}`],
			leases: [{ref: `refs/tags/${plan.tag}`, expected: there}],
		});
		if ((await remoteTag(context)) !== undefined) {
			throw new SastaError('PUSH_REFUSED', `${plan.remote} did not delete the tag ${plan.tag}`, {
				exitCode: EXIT.stopped,
				hint: 'Try again: sastaops release abort',
			});
		}
		return `the tag ${plan.tag} is deleted on ${plan.remote}`;
	},
};

async function remoteTag({plan, world}: ReleaseContext): Promise<string | undefined> {
	const ref = `refs/tags/${plan.tag}`;
	return (await world.git.lsRemote(plan.remote, [ref])).get(ref);
}

/** The branch goes along only when the remote's does not hold the commit yet: it is never forced. */
async function branchRefspecs(context: ReleaseContext): Promise<string[]> {
	const {plan, world} = context;
	const commit = releaseCommit(context);
	const ref = `refs/heads/${plan.branch}`;
	const there = (await world.git.lsRemote(plan.remote, [ref])).get(ref);
	// Somebody pushed since the preflight: with what, only their commits tell.
	if (there !== undefined && (await world.git.resolve(there)) === undefined)
		await world.git.fetchBranch(plan.remote, plan.branch);
	const holdsCommit = there !== undefined && (await world.git.isAncestor(commit, there));
	return holdsCommit ? [] : [`${commit}:${ref}`];
}

function foreignTag({plan}: ReleaseContext, there: string): SastaError {
	return new SastaError(
		'TAG_TAKEN',
		`The tag ${plan.tag} exists on ${plan.remote} and is not this release’s (it is ${there.slice(0, 7)})`,
		{
			exitCode: EXIT.stopped,
			hint: 'Their tag is untouched. Go back, and release another version: sastaops release abort',
		},
	);
}
