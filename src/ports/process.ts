import {execa, type Options, type ResultPromise} from 'execa';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';

export type ProcessRequest = {
	/** Program and arguments; no shell. */
	readonly argv: readonly string[];
	readonly cwd?: string;
	/** Added to the host's environment. */
	readonly env?: Readonly<Record<string, string>>;
	readonly timeoutMs: number;
	/** Given on standard input; without it the child has none. */
	readonly input?: string | Uint8Array;
	/** Run `argv[0]` by the system shell. @default false */
	readonly shell?: boolean;
	/** Gets each line of stdout and stderr as it comes. */
	readonly onLine?: (line: string) => void;
	/** The child is left to finish when the host is told to stop: for effects that must not be cut. @default false */
	readonly uninterruptible?: boolean;
};

export type ProcessResult = {
	readonly exitCode: number | undefined;
	readonly stdout: string;
	readonly stderr: string;
	readonly signal: string | undefined;
	readonly timedOut: boolean;
	readonly durationMs: number;
};

/** What every child gets: no terminal to ask on, no colour, no pager. */
export const CHILD_ENV = {
	GIT_TERMINAL_PROMPT: '0',
	GIT_ASKPASS: '',
	SSH_ASKPASS: '',
	GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
	NO_COLOR: '1',
	FORCE_COLOR: undefined,
} as const;

/** Most output kept per stream, in characters: a runaway child must not fill our memory. */
const MAX_OUTPUT = 4_000_000;

/**
 * Runs a child process to its end. A non-zero exit is a result, not an error.
 * @throws SastaError COMMAND_NOT_FOUND when the program cannot be started; INTERRUPTED when the host was told to stop
 */
export async function runProcess(
	host: Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs'>,
	request: ProcessRequest,
): Promise<ProcessResult> {
	const [program, ...args] = request.argv;
	if (program === undefined) throw new Error('runProcess: empty argv');
	const started = host.monotonicMs();
	const options: Options = {
		cwd: request.cwd ?? host.cwd,
		env: {...host.env, ...CHILD_ENV, ...request.env},
		extendEnv: false,
		reject: false,
		shell: request.shell ?? false,
		timeout: request.timeoutMs,
		forceKillAfterDelay: 10_000,
		maxBuffer: MAX_OUTPUT,
		stripFinalNewline: false,
		encoding: 'utf8',
		...(request.input === undefined ? {stdin: 'ignore'} : {input: request.input}),
		// Its own process group keeps a terminal's Ctrl-C away from a child that must finish.
		...(request.uninterruptible ? {detached: true} : {cancelSignal: host.signal}),
	};
	const child = execa(program, args, request.onLine ? {...options, all: true} : options);
	const [result] = await Promise.all([child, request.onLine && forwardLines(child, request.onLine)]);
	if (result.code === 'ENOENT' || result.code === 'EACCES') {
		throw new SastaError(
			'COMMAND_NOT_FOUND',
			`Cannot run ${program}: ${result.code === 'ENOENT' ? 'no such program' : 'not executable'}`,
			{
				exitCode: EXIT.usage,
				cause: result.cause,
			},
		);
	}
	if (result.isCanceled) throw host.signal.reason;
	return {
		exitCode: result.exitCode,
		stdout: String(result.stdout ?? ''),
		stderr: String(result.stderr ?? ''),
		signal: result.signal,
		timedOut: result.timedOut,
		durationMs: host.monotonicMs() - started,
	};
}

async function forwardLines(child: ResultPromise, onLine: (line: string) => void): Promise<void> {
	for await (const line of child.iterable({from: 'all'})) onLine(String(line));
}

/** The end of what a tool printed, for an error's details: three lines, secrets masked. */
export function lastWords(stderr: string, host: Pick<Host, 'redact'>): string[] {
	return host
		.redact(stderr)
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '')
		.slice(-3);
}
