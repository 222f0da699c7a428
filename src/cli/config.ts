import type {Command} from 'commander';
import {EXIT} from '../kernel/exit-codes.js';
import {redacted} from '../kernel/redact.js';
import type {Actions} from './session.js';

export function addConfig(program: Command, actions: Actions): void {
	const group = program.command('config').description('The configuration in force').helpGroup('Look around:');

	group
		.command('show')
		.description('Print the configuration, secrets masked')
		.option('--origin', 'say where each value that is not a default comes from')
		.action(
			actions.run(async (session, flags: {origin?: boolean}) => {
				const {config, file, origins} = await session.loadConfig();
				const {configText} = await import('../kernel/config/text.js');
				// Masked value by value: in YAML a long one is folded, and would not be known again.
				const value = redacted(config, session.host.redact);
				return {
					report: {
						command: session.command,
						verdict: 'pass',
						exitCode: EXIT.ok,
						data: {file: file ?? null, config: value, ...(flags.origin ? {origins} : {})},
					},
					document: [
						{kind: 'title', text: file ?? 'No sastaops.yaml: these are the defaults'},
						{kind: 'text', text: configText(value)},
						...(flags.origin
							? [
									{
										kind: 'facts' as const,
										heading: 'Not defaults',
										facts: origins.map(({path, from}) => [path, from] as const),
									},
								]
							: []),
					],
				};
			}),
		);
}
