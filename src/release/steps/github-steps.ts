import {readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {backupPaths} from '../../backup/store.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Step} from '../../kernel/steps.js';
import type {GitHub, GitHubRelease} from '../../ports/github.js';
import {type ReleaseContext, textFact} from '../context.js';
import {markerOf, migrationSetDigest} from '../plan.js';
import {backupId, backupManifestOf} from './backup-steps.js';

/** Nobody but those who may push sees a draft: the first step, since GitHub is what most often says no. */
export const draftRelease: Step<ReleaseContext> = {
	name: 'draft',
	title: ({plan}) => `draft      ${plan.tag}`,
	async probe(context) {
		const found = await findOurs(context);
		if (found.kind === 'foreign') return {state: 'foreign', reason: foreignRelease(context, found.release).message};
		return found.kind === 'ours' ? {state: 'done', facts: {releaseId: found.release.id}} : {state: 'absent'};
	},
	async apply(context) {
		const {plan} = context;
		const release = await githubOf(context).createDraft({
			tag: plan.tag,
			// A commit may not be there yet; the tag is, when the draft is published, and then decides.
			target: plan.branch,
			name: `${plan.shop} ${plan.version}`,
			body: `${plan.notes}\n${markerOf(plan.run)}\n`,
			marker: markerOf(plan.run),
			isPrerelease: plan.isPrerelease,
		});
		return {facts: {releaseId: release.id}, detail: release.url};
	},
	async undo(context) {
		const found = await findOurs(context);
		if (found.kind !== 'ours') return 'there is no draft of ours';
		await githubOf(context).deleteDuplicates(context.plan.tag, markerOf(context.plan.run));
		const isDeleted = await githubOf(context).deleteDraft(found.release.id, markerOf(context.plan.run));
		return isDeleted ? `the draft ${context.plan.tag} is deleted` : 'there is no draft of ours';
	},
};

/** Attaches what the release is made of, while it can still be taken back. */
export const attachAssets: Step<ReleaseContext> = {
	name: 'assets',
	title: () => 'attach     notes, manifest, files',
	async probe(context) {
		const release = await ourRelease(context);
		// An immutable release cannot get more; it was published with all of them.
		return release.isDraft ? {state: 'absent'} : {state: 'done'};
	},
	async apply(context) {
		const assets = await collectAssets(context);
		const release = await ourRelease(context);
		for (const {name, content, contentType} of assets)
			await githubOf(context).uploadAsset({release, name, content, contentType, isFresh: true});
		return {detail: `${assets.length} files`};
	},
};

export const publishRelease: Step<ReleaseContext> = {
	name: 'publish',
	title: ({plan}) => `publish    ${plan.tag}`,
	async probe(context) {
		const release = await ourRelease(context);
		return release.isDraft ? {state: 'absent'} : {state: 'done', detail: release.url};
	},
	async apply(context) {
		await githubOf(context).deleteDuplicates(context.plan.tag, markerOf(context.plan.run));
		const {id, isDraft} = await ourRelease(context);
		const release = await githubOf(context).publish(id, isDraft);
		if (release.isDraft)
			throw new SastaError('PUBLISH_FAILED', `GitHub did not publish ${context.plan.tag}`, {
				exitCode: EXIT.stopped,
				hint: 'sastaops release resume',
			});
		return {detail: release.url};
	},
};

/** A deployment record: the audit trail the team reads on GitHub, with what was deployed and what was backed up. */
export const recordDeployment: Step<ReleaseContext> = {
	name: 'record',
	title: ({plan}) => `record     the deployment to ${plan.environment}`,
	async probe(context) {
		const {plan} = context;
		const deployment = await githubOf(context).findDeployment(plan.run, plan.environment);
		return deployment?.state === 'success' ? {state: 'done'} : {state: 'absent'};
	},
	async apply(context) {
		const {plan} = context;
		const github = githubOf(context);
		const found = await github.findDeployment(plan.run, plan.environment);
		const {id} =
			found ??
			(await github.createDeployment({
				ref: plan.tag,
				environment: plan.environment,
				run: plan.run,
				description: `${plan.shop} ${plan.version}`,
				payload: {
					backup: textFact(context, 'backup', 'sha256') ?? null,
					migrations: migrationSetDigest(plan.migrations),
					version: plan.version,
				},
			}));
		await github.setDeploymentStatus(id, 'success', `${plan.version} is live`);
		return {};
	},
};

/** Whether the world already has the release of this run. */
export async function isPublished(context: ReleaseContext): Promise<boolean> {
	if (!context.github) return false;
	const found = await findOurs(context);
	return found.kind === 'ours' && !found.release.isDraft;
}

async function collectAssets(context: ReleaseContext) {
	const {plan, world} = context;
	const prefix = `${plan.shop}-${plan.version}`;
	const manifest = plan.backup ? await backupManifestOf(context) : undefined;
	const files = await Promise.all(
		(plan.github?.assets ?? []).map(async (path) => ({
			name: basename(path),
			content: await readFile(join(world.root, path)),
			contentType: 'application/octet-stream',
		})),
	);
	return [
		{name: `${prefix}.notes.md`, content: Buffer.from(plan.notes), contentType: 'text/markdown'},
		...(manifest
			? [
					{
						name: `${prefix}.manifest.json`,
						content: await readFile(backupPaths(world.store, backupId(context)).manifest),
						contentType: 'application/json',
					},
				]
			: []),
		...files,
	];
}

function githubOf({github}: ReleaseContext): GitHub {
	if (!github) throw new Error('a GitHub step was planned without GitHub');
	return github;
}

async function findOurs(context: ReleaseContext) {
	return githubOf(context).findRelease(context.plan.tag, markerOf(context.plan.run));
}

async function ourRelease(context: ReleaseContext): Promise<GitHubRelease> {
	const found = await findOurs(context);
	if (found.kind === 'ours') return found.release;
	if (found.kind === 'foreign') throw foreignRelease(context, found.release);
	throw new SastaError('DRAFT_GONE', `The draft of ${context.plan.tag} is gone from GitHub`, {
		exitCode: EXIT.stopped,
		hint: 'sastaops release resume makes it again',
	});
}

function foreignRelease({plan}: ReleaseContext, release: GitHubRelease): SastaError {
	return new SastaError('RELEASE_TAKEN', `GitHub has a release ${plan.tag} that is not this run’s: ${release.url}`, {
		exitCode: EXIT.stopped,
		hint: 'It is untouched. Look at it; then release another version: sastaops release abort',
	});
}
