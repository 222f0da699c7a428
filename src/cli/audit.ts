import {type Command, InvalidArgumentError, Option} from 'commander';
import type {AuditFlags, HistoryFlags} from './audit-run.js';
import {parseCount} from './parse-option.js';
import type {Actions} from './session.js';

/** As the audit room has them, which help must not load a room for. */
const SEVERITY_CHOICES = ['critical', 'high', 'medium', 'low', 'info'] as const;

export function addAudit(program: Command, actions: Actions): void {
	const audit = program
		.command('audit')
		.helpGroup('Watch:')
		.description('Ask production whether it is ready: one gate, safe to point at a live shop')
		.argument('[checks...]', 'groups or checks, such as tls payments headers.csp; all without one')
		.option('--domain <address>', 'what is audited; audit.domain, LIVE_DOMAIN or shop.url without it')
		.option('--api <path>', 'where the API is, a path or an address')
		.option('--active', 'also send what can only be refused: spoiled signatures, wrong log-ins, too much at once')
		.option('--staging', 'also make test data, such as an unpaid order; refused for live payment keys')
		.option('--i-know-this-is-live', 'make it although the keys are live')
		.addOption(
			new Option('--fail-on <severity>', 'the least severity that makes the answer no').choices(SEVERITY_CHOICES),
		)
		.option('--budget <requests>', 'the most that is sent in all (150)', parseCount)
		.option('--rate <per-second>', 'requests a second (2; not held on a private network)', parseRate)
		.option('--resolve <host:port:address>', 'connect there instead, as curl does; repeatable', collect, [])
		.option('--http-port <port>', 'where plain http lives when it is not 80', parsePort)
		.option('--ca <file>', 'a further root certificate to trust, PEM; repeatable', collect, [])
		.option('--header <line>', 'send it to the target, such as "x-audit: yes"; repeatable', collect, [])
		.option('--proxy <url>', 'an HTTP proxy; "" for none')
		.option('--allow-private', 'the domain may lead into a private network')
		.addOption(new Option('-4, --ipv4', 'only over IPv4').conflicts('ipv6'))
		.addOption(new Option('-6, --ipv6', 'only over IPv6').conflicts('ipv4'))
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

function collect(text: string, before: readonly string[]): string[] {
	return [...before, text];
}

function parsePort(text: string): number {
	const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
	if (port < 1 || port > 65_535) throw new InvalidArgumentError('It must be a port from 1 to 65535.');
	return port;
}

function parseRate(text: string): number {
	const rate = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
	if (rate <= 0 || rate > 100) throw new InvalidArgumentError('It must be more than 0 and at most 100.');
	return rate;
}
