import {type Command, CommanderError} from 'commander';
import type {LoadedConfig} from '../kernel/config/load.js';
import {asInterruption, asOutsideError, errorMessage, isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT, type ExitCode} from '../kernel/exit-codes.js';
import {renderMarkdown} from '../kernel/render-markdown.js';
import {renderText} from '../kernel/render-text.js';
import {type Answer, errorJson, reportJson} from '../kernel/report.js';
import {makeAsk} from './ask.js';
import {isColourWanted, loadPaint} from './colour.js';
import type {CliHost} from './host.js';
import {openProgress} from './progress.js';
import type {Actions, GlobalFlags, OutputFormat, Session} from './session.js';

const FORMATS: readonly OutputFormat[] = ['text', 'json', 'jsonl', 'markdown'];

/** Builds the wrapper every action goes through: flags, session, the answer or the error on the right stream, exit code. */
export function makeActions(host: CliHost, setExitCode: (code: ExitCode) => void): Actions {
	let flags: GlobalFlags | undefined;
	let commandName = '';

	return {
		run:
			(work) =>
			async (...all) => {
				const command = all.at(-1) as Command;
				const raw = command.optsWithGlobals() as Record<string, unknown>;
				commandName = nameOf(command);
				flags = readFlags(raw);
				const session = makeSession(host, flags, commandName, raw);
				const progress = await openProgress(host, flags);
				let answer: Answer;
				try {
					answer = await work(session, ...(all.slice(0, -1) as never));
				} finally {
					progress.close();
				}
				await printAnswer(host, flags, answer);
				setExitCode(answer.report.exitCode);
			},
		fail(error, argv) {
			const known = toSastaError(asInterruption(error, host.signal), host);
			const format = flags?.output ?? formatTyped(argv);
			const document = errorJson(commandName, redactError(known, host));
			if (format === 'json') host.stdout.write(`${host.redact(document)}\n`);
			else if (format === 'jsonl') host.stdout.write(`${host.redact(asOneLine(document))}\n`);
			else printError(known, host);
			return known.exitCode;
		},
	};
}

function makeSession(host: CliHost, flags: GlobalFlags, command: string, raw: Record<string, unknown>): Session {
	let loading: Promise<LoadedConfig> | undefined;
	const barred = whyNobodyCanBeAsked(host, flags, raw);
	return {
		host,
		flags,
		command,
		ask: makeAsk({...host.terminal, signal: host.signal, barred}),
		canAsk: barred === undefined,
		show: (document) =>
			host.stderr.write(`${host.redact(renderText(document))}
`),
		loadConfig: () => {
			loading ??= import('../kernel/config/load.js').then(({loadConfig}) => loadConfig(host, flags.config));
			return loading;
		},
	};
}

function whyNobodyCanBeAsked(host: CliHost, flags: GlobalFlags, raw: Record<string, unknown>): string | undefined {
	if (raw['input'] === false) return '--no-input';
	if (flags.output !== 'text') return `--output ${flags.output}`;
	if (host.env['CI']) return 'CI is set';
	if (!host.stdin.isTTY) return 'standard input is no terminal';
	return undefined;
}

function readFlags(raw: Record<string, unknown>): GlobalFlags {
	const output = raw['json'] === true ? 'json' : String(raw['output'] ?? 'text');
	const format = FORMATS.find((known) => known === output);
	if (format === undefined) {
		throw new SastaError('USAGE', `--output ${output} is not a format I know`, {
			exitCode: EXIT.usage,
			hint: `Use one of ${FORMATS.join(', ')}`,
		});
	}
	return {
		config: typeof raw['config'] === 'string' ? raw['config'] : undefined,
		output: format,
		quiet: raw['quiet'] === true,
		verbose: raw['verbose'] === true,
		yes: raw['yes'] === true,
	};
}

function nameOf(command: Command): string {
	const parent = command.parent;
	return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

/** The format asked for by a command line that could not be read to its end. */
function formatTyped(argv: readonly string[]): string | undefined {
	if (argv.includes('--json')) return 'json';
	const index = argv.findLastIndex((word) => word === '--output' || word.startsWith('--output='));
	const word = argv[index];
	return word === '--output' ? argv[index + 1] : word?.slice('--output='.length);
}

function asOneLine(json: string): string {
	return JSON.stringify(JSON.parse(json));
}

async function printAnswer(host: CliHost, flags: GlobalFlags, {report, document}: Answer): Promise<void> {
	const text = await renderAnswer(host, flags, {report, document});
	host.stdout.write(host.redact(text));
}

async function renderAnswer(host: CliHost, flags: GlobalFlags, {report, document}: Answer): Promise<string> {
	switch (flags.output) {
		case 'json':
			return `${reportJson(report)}\n`;
		case 'jsonl':
			return `${asOneLine(reportJson(report))}\n`;
		case 'markdown':
			return renderMarkdown(document);
		case 'text':
			return renderText(document, await loadPaint(isColourWanted(host.stdout, host.env, host.argv)));
		default:
			return flags.output satisfies never;
	}
}

function toSastaError(caught: unknown, host: CliHost): SastaError {
	const error = asOutsideError(caught);
	if (isSastaError(error)) return error;
	if (error instanceof CommanderError) {
		// The help of a group that was typed without a command: it is printed already.
		if (error.code === 'commander.help')
			return new SastaError('USAGE', 'A command is missing', {exitCode: EXIT.usage, hint: 'Choose one of the above'});
		const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
		return new SastaError('USAGE', message, {
			exitCode: EXIT.usage,
			hint: rest.join(' ').trim() || 'See what there is with sastaops --help',
		});
	}
	if (host.env['SASTAOPS_DEBUG'] && error instanceof Error) host.stderr.write(`${host.redact(error.stack ?? '')}\n`);
	return new SastaError('BUG', `This is a bug in sastaops: ${errorMessage(error)}`, {
		exitCode: EXIT.bug,
		cause: error,
		hint: 'Run it again with SASTAOPS_DEBUG=1 and report what it prints; "sastaops release status" says where a run stands',
	});
}

function redactError(error: SastaError, host: CliHost): SastaError {
	const {code, exitCode, details, hint} = error;
	return new SastaError(code, host.redact(error.message), {
		exitCode,
		details: details.map((line) => host.redact(line)),
		...(hint === undefined ? {} : {hint: host.redact(hint)}),
	});
}

function printError(error: SastaError, host: CliHost): void {
	const lines = [`sastaops: ${error.message}`, ...error.details.map((line) => `  ${line}`)];
	if (error.hint !== undefined) lines.push(`  ${error.hint}`);
	host.stderr.write(`${host.redact(lines.join('\n'))}\n`);
}
