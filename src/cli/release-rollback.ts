import {type Command, Option} from 'commander';
import type {DataChoice} from '../release/rollback/make-plan.js';
import type {Actions} from './session.js';

type RollbackFlags = {
	data: DataChoice;
	backup?: string;
	dryRun?: boolean;
	confirm?: string;
	deploy: boolean;
	github: boolean;
};

export function addRollback(release: Command, actions: Actions): void {
	release
		.command('rollback')
		.argument('<version>', 'the release to go back to')
		.description('Bring an earlier version back, and its data where it must')
		.addOption(
			new Option('--data <what>', 'what becomes of the data').choices(['auto', 'keep', 'restore']).default('auto'),
		)
		.option('--backup <id>', 'go back to this backup instead of the one that fits')
		.option('--dry-run', 'print the plan and what would be lost; change nothing')
		.option('--confirm <database>', 'answer the question about the data: its database by name')
		.option('--no-deploy', 'leave the deploy out')
		.option('--no-github', 'leave the marks on GitHub out')
		.addHelpText(
			'after',
			'\nExamples:\n  sastaops release rollback 1.1.3 --dry-run\n  sastaops release rollback 1.1.3 --data restore --confirm sastabazar --yes',
		)
		.action(
			actions.run(async (session, version: string, flags: RollbackFlags) => {
				const [{rollBack}, answers] = await Promise.all([
					import('../release/rollback/rollback.js'),
					import('./rollback-answers.js'),
				]);
				const result = await rollBack(
					{
						loaded: await session.loadConfig(),
						version,
						choice: flags.data,
						backupId: flags.backup,
						isOnGitHub: flags.github,
						isDeployed: flags.deploy,
						isDryRun: flags.dryRun === true,
						confirm: async (plan, writes) => {
							session.show(answers.rollbackBlocks(plan, writes));
							if (!plan.data)
								return (
									session.flags.yes ||
									session.ask({text: `Roll ${plan.environment} back to ${plan.version}?`, flag: '--yes'})
								);
							if (flags.confirm === plan.data.database) return true;
							return session.ask({
								text: `This replaces the data of ${plan.data.database}.`,
								typed: plan.data.database,
								flag: `--confirm ${plan.data.database}`,
							});
						},
					},
					session.host,
				);
				return answers.rollbackAnswer(session.command, result);
			}),
		);
}
