import {type Command, InvalidArgumentError} from 'commander';
import {addWatchdog} from './canary-watchdog.js';
import type {Actions, Session} from './session.js';

type CanaryFlags = {weight?: number; dryRun?: boolean};

export function addCanary(program: Command, actions: Actions): void {
	const canary = program
		.command('canary')
		.helpGroup('Ship:')
		.description('Send a slice of real traffic to a version, watch it, and go on, stay, or go back')
		.argument('<version>', 'the version on trial, such as 1.2.0')
		.option('--weight <percent>', 'the first stage', parsePercent)
		.option('--dry-run', 'look at everything and print the plan; change nothing')
		.addHelpText(
			'after',
			'\nExamples:\n  sastaops canary 1.2.0 --dry-run\n  sastaops canary 1.2.0 --weight 10 --yes\n  sastaops canary abort',
		)
		.action(actions.run((session, version: string, flags: CanaryFlags) => runCanary(session, version, flags)));

	canary
		.command('status')
		.description('Say what the splitter does now, and where the canary stands')
		.action(
			actions.run(async (session) => {
				const [{readCanaryStatus}, {canaryStatusAnswer}] = await Promise.all([
					import('../release/canary/status.js'),
					import('./canary-answers.js'),
				]);
				return canaryStatusAnswer(session.command, await readCanaryStatus(await session.loadConfig(), session.host));
			}),
		);

	canary
		.command('resume')
		.description('Go on watching a canary that was interrupted, with the same evidence')
		.action(
			actions.run(async (session) => {
				const [{resumeRelease}, {resumeAnswer}] = await Promise.all([
					import('../release/resume.js'),
					import('./release-answers.js'),
				]);
				const loaded = await session.loadConfig();
				return resumeAnswer(session.command, await resumeRelease({loaded, askRollback: undefined}, session.host));
			}),
		);

	canary
		.command('abort')
		.description('Take all traffic from the canary at once, prove it, and end the run; from any machine')
		.action(
			actions.run(async (session) => {
				const [{abortCanary}, {canaryAbortAnswer}] = await Promise.all([
					import('../release/canary/abort.js'),
					import('./canary-answers.js'),
				]);
				return canaryAbortAnswer(
					session.command,
					await abortCanary({loaded: await session.loadConfig()}, session.host),
				);
			}),
		);

	addWatchdog(canary, actions);

	for (const {name, ask, description} of [
		{name: 'hold', ask: 'hold', description: 'Keep the canary at its stage until "canary go-on"'},
		{name: 'go-on', ask: 'go-on', description: 'Let a canary that was held by hand go on'},
		{name: 'promote', ask: 'promote', description: 'Go to the next stage now, unless the canary is worse'},
	] as const) {
		canary
			.command(name)
			.description(description)
			.action(
				actions.run(async (session) => {
					const [{askOfCanary}, {canaryAskAnswer}] = await Promise.all([
						import('../release/canary/ask.js'),
						import('./canary-answers.js'),
					]);
					const open = await askOfCanary({loaded: await session.loadConfig(), ask}, session.host);
					return canaryAskAnswer(session.command, ask, open);
				}),
			);
	}
}

/** `release canary <version> [weight]`: the same by another name. */
export function addReleaseCanary(release: Command, actions: Actions): void {
	release
		.command('canary')
		.argument('<version>', 'the version on trial, such as 1.2.0')
		.argument('[weight]', 'percent of the first stage', parsePercent)
		.description('Send a slice of real traffic to a version and watch it: sastaops canary')
		.option('--dry-run', 'look at everything and print the plan; change nothing')
		.action(
			actions.run((session, version: string, weight: number | undefined, flags: {dryRun?: boolean}) =>
				runCanary(session, version, {...flags, ...(weight === undefined ? {} : {weight})}),
			),
		);
}

async function runCanary(session: Session, version: string, flags: CanaryFlags) {
	const [{startCanary}, answers] = await Promise.all([
		import('../release/canary/start.js'),
		import('./canary-answers.js'),
	]);
	const started = await startCanary(
		{
			loaded: await session.loadConfig(),
			version,
			weight: flags.weight,
			isDryRun: flags.dryRun === true,
			confirm: async (plan) => {
				if (session.flags.yes) return true;
				session.show(answers.canaryPlanBlocks(plan));
				return session.ask({text: `Send traffic to ${plan.version}?`, flag: '--yes'});
			},
		},
		session.host,
	);
	return answers.canaryAnswer(session.command, started);
}

function parsePercent(text: string): number {
	const percent = Number(text);
	if (!/^\d+(?:\.\d+)?$/.test(text) || percent <= 0 || percent > 100)
		throw new InvalidArgumentError('must be a percentage above 0, to 100.');
	return percent;
}
