import type {Command} from 'commander';
import {EXIT} from '../kernel/exit-codes.js';
import {addReleaseCanary} from './canary.js';
import {parseCount} from './parse-option.js';
import {addRollback} from './release-rollback.js';
import type {Actions, Session} from './session.js';

type CreateFlags = {dryRun?: boolean; deploy: boolean; github: boolean; canary?: boolean};

export function addRelease(program: Command, actions: Actions): void {
	const release = program
		.command('release')
		.description('Create releases, and go on, back, or look at them')
		.helpGroup('Ship:');

	release
		.command('create')
		.argument('<version>', 'a version such as 1.2.0, or major, minor, patch, auto')
		.description('Back up, migrate, tag, publish and deploy, as one unit that survives a crash')
		.option('--dry-run', 'make every check and print the plan; change nothing')
		.option('--no-deploy', 'leave the deploy out')
		.option('--no-github', 'leave the GitHub release out')
		.option('--canary', 'deploy by a canary: real traffic in steps, watched')
		.addHelpText(
			'after',
			'\nExamples:\n  sastaops release create 1.2.0 --dry-run\n  sastaops release create auto --yes',
		)
		.action(
			actions.run(async (session, version: string, flags: CreateFlags) => {
				const [{createRelease}, answers] = await Promise.all([
					import('../release/create.js'),
					import('./release-answers.js'),
				]);
				const created = await createRelease(
					{
						loaded: await session.loadConfig(),
						options: {version, isDeployed: flags.deploy, isOnGitHub: flags.github, isCanary: flags.canary === true},
						isDryRun: flags.dryRun === true,
						confirm: async (plan, checks) => {
							if (session.flags.yes) return true;
							session.show(answers.planBlocks(plan, checks));
							return session.ask({text: `Release ${plan.version} to ${plan.environment}?`, flag: '--yes'});
						},
						askRollback: rollbackQuestion(session),
					},
					session.host,
				);
				return answers.createAnswer(session.command, created);
			}),
		);

	release
		.command('resume')
		.description('Go on with a run that was interrupted')
		.action(
			actions.run(async (session) => {
				const [{resumeRelease}, {resumeAnswer}] = await Promise.all([
					import('../release/resume.js'),
					import('./release-answers.js'),
				]);
				return resumeAnswer(
					session.command,
					await resumeRelease(
						{loaded: await session.loadConfig(), askRollback: rollbackQuestion(session)},
						session.host,
					),
				);
			}),
		);

	addRollback(release, actions);
	addReleaseCanary(release, actions);

	release
		.command('abort')
		.description('Take back a run that was interrupted')
		.option('--keep-migrations', 'leave its migrations applied')
		.action(
			actions.run(async (session, flags: {keepMigrations?: boolean}) => {
				const [{abortRun}, {abortAnswer}] = await Promise.all([
					import('../release/abort.js'),
					import('./abort-answers.js'),
				]);
				const result = await abortRun(
					{
						loaded: await session.loadConfig(),
						keepMigrations: flags.keepMigrations === true,
						confirm: async (plan, steps) => {
							if (session.flags.yes) return true;
							session.show([
								{
									kind: 'items',
									heading: `Taking back the ${plan.kind} of ${plan.version}`,
									items: steps.toReversed().map((text) => ({mark: 'pending', text})),
								},
							]);
							return session.ask({text: 'Take it back?', flag: '--yes'});
						},
					},
					session.host,
				);
				return abortAnswer(session.command, result);
			}),
		);

	release
		.command('status')
		.description('Say where things stand and what to type next')
		.action(
			actions.run(async (session) => {
				const [{readStatus}, {statusAnswer}] = await Promise.all([
					import('../release/status.js'),
					import('./status-answers.js'),
				]);
				return statusAnswer(session.command, await readStatus(await session.loadConfig(), session.host));
			}),
		);

	release
		.command('verify')
		.argument('<version>', 'the release to prove')
		.description('Prove that tag, commit, notes, backup, migrations and GitHub release belong together')
		.action(
			actions.run(async (session, version: string) => {
				const [{verifyRelease}, {verifyAnswer}] = await Promise.all([
					import('../release/verify.js'),
					import('./verify-answers.js'),
				]);
				return verifyAnswer(
					session.command,
					await verifyRelease({loaded: await session.loadConfig(), version}, session.host),
				);
			}),
		);

	release
		.command('list')
		.description('The releases, newest first')
		.option('--limit <n>', 'how many', parseCount, 20)
		.action(
			actions.run(async (session, flags: {limit: number}) => {
				const [{listReleases}, {listAnswer}] = await Promise.all([
					import('../release/list.js'),
					import('./verify-answers.js'),
				]);
				return listAnswer(
					session.command,
					await listReleases({loaded: await session.loadConfig(), limit: flags.limit}, session.host),
				);
			}),
		);

	release
		.command('unlock')
		.argument('<id>', 'the lease, as the refusal named it')
		.description('Break the lease of a run that is known to be dead')
		.action(
			actions.run(async (session, id: string) => {
				const {unlockRelease} = await import('../release/unlock.js');
				const holder = await unlockRelease({loaded: await session.loadConfig(), id}, session.host);
				const text = holder
					? `The lease of "${holder.command}" on ${holder.host} is broken.`
					: 'The lease is free: nothing to break.';
				return {
					report: {
						command: session.command,
						verdict: 'pass',
						exitCode: EXIT.ok,
						data: {holder: holder ?? null},
						next: 'sastaops release status',
					},
					document: [
						{kind: 'text', text},
						{kind: 'next', steps: [{label: 'Next', command: 'sastaops release status'}]},
					],
				};
			}),
		);
}

/** Undefined where nobody can be asked: the run then stops and says what to type. */
function rollbackQuestion(session: Session) {
	if (!session.canAsk) return undefined;
	return async (plan: {version: string; previous: {version: string} | null}, failure: Error) =>
		session.ask({
			text: `${failure.message}. Deploy ${plan.previous?.version} again?`,
			flag: 'release.deploy.onFailure: rollback',
		});
}
