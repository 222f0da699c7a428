import {type Command, Option} from 'commander';
import {addAuditOptions, collect} from './audit-options.js';
import type {AuditFlags, HistoryFlags} from './audit-run.js';
import {parseCount} from './parse-option.js';
import type {Actions} from './session.js';

/** As the audit room has them, which help must not load a room for. */
const SEVERITY_CHOICES = ['critical', 'high', 'medium', 'low', 'info'] as const;

export function addAudit(program: Command, actions: Actions): void {
	const audit = addAuditOptions(
		program
			.command('audit')
			.helpGroup('Watch:')
			.description('Ask production whether it is ready: one gate, safe to point at a live shop')
			.argument('[checks...]', 'groups or checks, such as tls payments headers.csp; all without one'),
	)
		.addOption(
			new Option('--fail-on <severity>', 'the least severity that makes the answer no').choices(SEVERITY_CHOICES),
		)
		.option('--dry-run', 'print what would be sent, and send nothing')
		.option('--list', 'print every check')
		.option(
			'--report <file>',
			'also write it, by its ending: .html .json .md .xml (JUnit) .sarif; repeatable',
			collect,
			[],
		)
		.option('--baseline <file>', 'compare with an earlier JSON report')
		.addHelpText(
			'after',
			'\nExamples:\n  sastaops audit --domain https://shop.example\n  sastaops audit tls headers --domain shop.example\n  sastaops audit payments webhooks --active --json',
		)
		.action(
			actions.run(
				async (session, words: string[], flags: AuditFlags) =>
					(await import('./audit-run.js')).audit(session, words, flags),
				['html', 'junit', 'sarif', 'github'],
			),
		);

	audit
		.command('history')
		.description('The audits made here, the newest first')
		.option('--domain <address>', 'only of this target')
		.option('--limit <number>', 'how many', parseCount, 20)
		.action(
			actions.run(async (session, flags: HistoryFlags) =>
				(await import('./audit-run.js')).auditHistory(session, flags),
			),
		);
	audit
		.command('diff')
		.description('What has changed between two audits; the newest two of the history without files')
		.argument('[reports...]', 'two JSON reports, the earlier first')
		.option('--domain <address>', 'the newest two of this target')
		.action(
			actions.run(async (session, files: string[], flags: {domain?: string}) =>
				(await import('./audit-run.js')).auditDiff(session, files, flags),
			),
		);
}
