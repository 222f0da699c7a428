import type {Command} from 'commander';
import {addAuditOptions} from './audit-options.js';
import type {AnswerFlags, ChecklistFlags} from './checklist-run.js';
import type {Actions} from './session.js';

const PHASES = {
	before: 'What has to hold before the shop opens',
	launch: 'What has to hold on the night of the launch',
	post: 'What has to hold in the days after',
} as const;

export function addChecklist(program: Command, actions: Actions): void {
	const checklist = program
		.command('checklist')
		.helpGroup('Watch:')
		.description('The lists of a launch: each item answered by its checks, or by a person');

	for (const [phase, description] of Object.entries(PHASES)) {
		addAuditOptions(checklist.command(phase).description(description)).action(
			actions.run(async (session, flags: ChecklistFlags) =>
				(await import('./checklist-run.js')).checklist(session, phase as keyof typeof PHASES, flags),
			),
		);
	}
	checklist
		.command('answer')
		.description('Record what only a person can answer, with name and date, in sastaops-checklist.json')
		.argument('<item>', 'as the lists print it, such as on-call')
		.requiredOption('--by <name>', 'who says so')
		.option('--not', 'it is not done')
		.option('--note <text>', 'what is worth knowing')
		.addHelpText('after', '\nExamples:\n  sastaops checklist answer on-call --by Asha --note "reached in 2 minutes"')
		.action(
			actions.run(async (session, item: string, flags: AnswerFlags) =>
				(await import('./checklist-run.js')).answerItem(session, item, flags),
			),
		);
}
