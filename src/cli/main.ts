import {Command, CommanderError} from 'commander';
import {EXIT, EXIT_MEANINGS, type ExitCode} from '../kernel/exit-codes.js';
import {makeActions} from './action.js';
import {addAlert} from './alert.js';
import {addAudit} from './audit.js';
import {addBackup} from './backup.js';
import {addCanary} from './canary.js';
import {addChecklist} from './checklist.js';
import {addConfig} from './config.js';
import {addDb} from './db.js';
import {addDbLoad} from './db-load.js';
import {addDemo} from './demo.js';
import {addGateway} from './gateway.js';
import {makeHost} from './host.js';
import {addRelease} from './release.js';
import {addServe} from './serve.js';
import {addSlo} from './slo.js';
import {VERSION} from './version.js';

/** Runs the command line and resolves to its exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
	const {host, dispose} = makeHost(argv);
	let exitCode: ExitCode = EXIT.ok;
	const program = new Command('sastaops');
	const actions = makeActions(host, (code) => {
		exitCode = code;
	});
	program
		.description('Releases, rollbacks, backups and migrations for a small shop, crash-safe')
		.version(VERSION, '-V, --version')
		.option('--config <file>', 'configuration file (default: sastaops.yaml, looked for upwards)')
		.option('--output <format>', 'text, json, jsonl or markdown', 'text')
		.option('--json', 'short for --output json')
		.option('--no-input', 'never ask; fail and name the flag instead')
		.option('-y, --yes', 'answer yes to the plan')
		.option('-q, --quiet', 'no progress, only the result')
		.option('--verbose', 'say more: commands run, times')
		.option('--no-color', 'no colour')
		.showSuggestionAfterError()
		.exitOverride()
		.configureOutput({
			writeOut: (text) => host.stdout.write(text),
			writeErr: (text) => host.stderr.write(text),
			getOutHasColors: () => false,
			getErrHasColors: () => false,
			outputError: () => undefined,
		})
		.addHelpText('after', helpTail);
	for (const add of [
		addRelease,
		addCanary,
		addAudit,
		addChecklist,
		addSlo,
		addAlert,
		addBackup,
		addDb,
		addDbLoad,
		addConfig,
		addServe,
		addGateway,
		addDemo,
	])
		add(program, actions);

	try {
		if (host.barred !== undefined) throw host.barred;
		if (argv.length === 0) program.outputHelp();
		else await program.parseAsync(argv, {from: 'user'});
	} catch (error) {
		exitCode = error instanceof CommanderError && error.exitCode === 0 ? EXIT.ok : actions.fail(error, argv);
	} finally {
		dispose();
	}
	return exitCode;
}

function helpTail(): string {
	const rows = EXIT_MEANINGS.map(({code, meaning}) => `  ${String(code).padStart(3)}  ${meaning}`);
	return `\nExit codes:\n${rows.join('\n')}\n\nStart here:  sastaops release create minor --dry-run`;
}
