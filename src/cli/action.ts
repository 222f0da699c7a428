import {type Command, CommanderError} from 'commander';
import type {LoadedConfig} from '../kernel/config/load.js';
import {asInterruption, asOutsideError, errorMessage, isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT, type ExitCode} from '../kernel/exit-codes.js';
import {renderMarkdown} from '../kernel/render-markdown.js';
import {renderText} from '../kernel/render-text.js';
import {type Answer, type ExtraFormat, errorJson, reportJson} from '../kernel/report.js';
import {makeAsk} from './ask.js';
import {isColourWanted, loadPaint} from './colour.js';
import type {CliHost} from './host.js';
import {openProgress} from './progress.js';
import type {Actions, GlobalFlags, OutputFormat, Session} from './session.js';

const COMMON_FORMATS: readonly OutputFormat[] = ['text', 'json', 'jsonl', 'markdown'];
const EXTRA_FORMATS: readonly ExtraFormat[] = ['html', 'junit', 'sarif', 'github'];

/** Builds the wrapper every action goes through: flags, session, the answer or the error on the right stream, exit code. */
export function makeActions(host: CliHost, setExitCode: (code: ExitCode) => void): Actions {
	let flags: GlobalFlags | undefined;
	let commandName = '';

	return {
		run:
			(work, formats = []) =>
			async (...all) => {
				const command = all.at(-1) as Command;
				const raw = command.optsWithGlobals() as Record<string, unknown>;
				commandName = nameOf(command);
				flags = readFlags(raw, formats);
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

function readFlags(raw: Record<string, unknown>, extra: readonly ExtraFormat[]): GlobalFlags {
	const output = raw['json'] === true ? 'json' : String(raw['output'] ?? 'text');
	const formats = [...COMMON_FORMATS, ...extra];
	const format = formats.find((known) => known === output);
	if (format === undefined) {
		const isKnown = EXTRA_FORMATS.some((known) => known === output);
		throw new SastaError('USAGE', `--output ${output} is not a format ${isKnown ? 'this command has' : 'I know'}`, {
			exitCode: EXIT.usage,
			hint: `Use one of ${formats.join(', ')}`,
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

async function printAnswer(host: CliHost, flags: GlobalFlags, answer: Answer): Promise<void> {
	const text = await renderAnswer(host, flags, answer);
	host.stdout.write(host.redact(text));
}

async function renderAnswer(host: CliHost, flags: GlobalFlags, {report, document, extra}: Answer): Promise<string> {
	switch (flags.output) {
		case 'json':
			return `${reportJson(report)}\n`;
		case 'jsonl':
			return `${asOneLine(reportJson(report))}\n`;
		case 'markdown':
			return renderMarkdown(document);
		case 'text':
			return renderText(document, await loadPaint(isColourWanted(host.stdout, host.env, host.argv)));
		default: {
			const render = extra?.[flags.output];
			if (render === undefined) throw new Error(`the answer has no ${flags.output}`);
			return render();
		}
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
