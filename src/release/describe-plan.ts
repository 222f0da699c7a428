import type {CanaryPlan} from '../canary/plan.js';
import {percentWords} from '../canary/words.js';
import {formatBytes, formatDuration} from '../kernel/duration.js';
import {hasAssets, type PlannedMigration, type ReleasePlan} from './plan.js';

/** One line of a plan as people read it. */
export type PlanLine = {
	/** The step's name in the journal. */
	readonly step: string;
	readonly text: string;
	/** How it is taken back; undefined where there is nothing to take back. */
	readonly undo: string | undefined;
	/** From here on the way is forward. */
	readonly isPointOfNoReturn: boolean;
};

/** What a plan will do, a line for each of its steps, in their order. */
export function describePlan(plan: ReleasePlan): PlanLine[] {
	const files = plan.github?.assets.length ?? 0;
	const back = plan.previous ? `release rollback ${plan.previous.version}` : 'release the next version';
	const line = (step: string, text: string, undo?: string): PlanLine => ({
		step,
		text,
		undo,
		isPointOfNoReturn: step === 'push',
	});
	return [
		...(plan.github
			? [line('draft', `draft the GitHub release ${plan.tag} in ${plan.github.repository}`, 'delete the draft')]
			: []),
		...(plan.backup
			? [
					line(
						'backup',
						`back up ${plan.database?.name} (about ${formatBytes(plan.backup.estimatedBytes)}, ${count(plan.backup.estimatedDocuments)} documents)`,
						'keep the backup',
					),
					line('verify-backup', 'verify the backup'),
				]
			: []),
		...plan.migrations.map((migration) =>
			line(
				`migrate:${migration.id}`,
				describeMigration(migration),
				migration.isReversible ? 'down' : 'restore the backup',
			),
		),
		...(plan.seeds.length > 0 ? [line('seed', describeSeeds(plan), 'take out what was added')] : []),
		...(hasAssets(plan)
			? [
					line(
						'assets',
						`attach notes${plan.backup ? ', manifest' : ''}${files > 0 ? ` and ${files} files` : ''}`,
						'delete the draft',
					),
				]
			: []),
		...(plan.changelog === null
			? []
			: [line('changelog', `write ${plan.changelog} in a commit of its own`, 'nothing names it yet')]),
		line('tag', `tag ${plan.tag}${plan.sign ? ', signed,' : ''} at ${plan.commit.slice(0, 7)}`, 'delete the tag'),
		line(
			'push',
			`push ${plan.tag}${plan.changelog === null ? '' : ` and ${plan.branch}`} to ${plan.remote}`,
			plan.deploy ? 'delete the tag, until the deploy begins' : 'delete the tag, until it is published',
		),
		...(plan.changelog === null ? [] : [line('fast-forward', `bring ${plan.branch} here to that commit`)]),
		...(plan.canary ? canaryLines(plan.canary) : []),
		...(plan.deploy && !plan.canary ? [line('deploy', `deploy: ${plan.deploy.title}`, back)] : []),
		...(plan.health
			? [
					line(
						'health',
						`wait for ${plan.health.url} to answer ${plan.version} (${Math.round(plan.health.timeoutMs / 1000)} s)`,
						back,
					),
				]
			: []),
		...(plan.github ? [line('publish', 'publish the GitHub release')] : []),
		...(plan.github && plan.deploy ? [line('record', `record the deployment to ${plan.environment}`)] : []),
	];
}

function canaryLines(plan: CanaryPlan): PlanLine[] {
	const undo = 'canary abort';
	const line = (step: string, text: string): PlanLine => ({step, text, undo, isPointOfNoReturn: false});
	const stages = plan.stages.map(({share}) => percentWords(share)).join(', ');
	return [
		line('canary-start', `start the canary${plan.start === null ? ', which runs already' : `: ${plan.start}`}`),
		line('canary-watch', `watch it at ${stages}, ${formatDuration(plan.policy.bakeMs)} each`),
		{...line('canary-promote', `replace the stable instances: ${plan.promote ?? 'by hand'}`), undo: 'release rollback'},
		{...line('canary-finish', `stop the canary${plan.stop === null ? ' by hand' : `: ${plan.stop}`}`), undo: undefined},
	];
}

/** What a configuration leaves out, so that nobody believes it was done. */
export function describeOmissions(plan: ReleasePlan): string[] {
	return [
		...(plan.database ? [] : ['no database: nothing is backed up or migrated']),
		...(plan.database && plan.migrations.length === 0 ? ['no migration is pending'] : []),
		...(plan.github ? [] : ['no GitHub release']),
		...(plan.deploy ? [] : ['nothing is deployed']),
		...(plan.deploy && !plan.health ? ['shop.url is not set: nobody looks whether the new version answers'] : []),
	];
}

function describeMigration({id, phase, documents, isReversible}: PlannedMigration): string {
	const facts = [
		phase,
		documents === null ? undefined : `${count(documents)} documents`,
		isReversible ? undefined : 'not reversible',
	];
	return `migrate ${id} (${facts.filter((fact) => fact !== undefined).join(', ')})`;
}

function describeSeeds({seeds}: ReleasePlan): string {
	return `seed ${seeds.map(({collection, added, changed}) => `${collection} (${[added > 0 ? `${added} new` : '', changed > 0 ? `${changed} changed` : ''].filter((part) => part !== '').join(', ')})`).join('; ')}`;
}

function count(value: number): string {
	return value.toLocaleString('en-IN');
}
