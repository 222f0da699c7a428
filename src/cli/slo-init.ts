import type {Command} from 'commander';
import type {Actions} from './session.js';
import type {InitFlags} from './slo-init-run.js';

export function addSloInit(slo: Command, actions: Actions): void {
	slo
		.command('init')
		.description('Print the section slo of sastaops.yaml, to be pasted; read or write OpenSLO')
		.option('--from <files...>', 'OpenSLO v1 documents to take the objectives from')
		.option('--openslo <file>', 'write the objectives in force, or those of --from, as OpenSLO v1')
		.addHelpText(
			'after',
			'\nNothing that is there is overwritten.' +
				'\n\nExamples:\n  sastaops slo init >> sastaops.yaml\n  sastaops slo init --from slo.yaml\n  sastaops slo init --openslo openslo.yaml',
		)
		.action(
			actions.run(async (session, flags: InitFlags) => (await import('./slo-init-run.js')).sloInit(session, flags)),
		);
}
