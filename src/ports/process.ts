import {existsSync} from 'node:fs';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {execa, type Options, type Result, type ResultPromise} from 'execa';
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
	/**
	 * `all` of what it prints, and a child that prints more than 4 million characters is ended; or the `end` of it, and it
	 * may print as much as it likes. @default all
	 */
	readonly keep?: 'all' | 'end';
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
const MAX_END = 64_000;

/** How long a child that has ended may leave its output open: a server it started holds it for ever. */
const DRAIN_MS = 500;
const FORCE_KILL_MS = 10_000;

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
	const cwd = request.cwd ?? host.cwd;
	const keepsAll = request.keep !== 'end';
	const options: Options = {
		cwd,
		env: {...host.env, ...CHILD_ENV, ...request.env},
		extendEnv: false,
		reject: false,
		shell: request.shell ?? false,
		forceKillAfterDelay: FORCE_KILL_MS,
		buffer: keepsAll,
		maxBuffer: MAX_OUTPUT,
		stripFinalNewline: false,
		encoding: 'utf8',
		...(request.input === undefined ? {stdin: 'ignore'} : {input: request.input}),
		// Its own process group keeps a terminal's Ctrl-C away from a child that must finish.
		...(request.uninterruptible ? {detached: true} : {cancelSignal: host.signal, timeout: request.timeoutMs}),
	};
	const child = execa(program, args, options);
	const deadline = request.uninterruptible ? limitGroup(child, request.timeoutMs) : undefined;
	const output = [child.stdout, child.stderr].map((stream) => watchOutput(stream, request.onLine));
	// Not where all of it counts: a busy moment here must not cut off what git said.
	if (!keepsAll) child.once('exit', () => setTimeout(() => closeOutput(child), DRAIN_MS).unref());
	const result = await child;
	deadline?.clear();
	if (result.code === 'ENOENT' || result.code === 'EACCES') throw notFound(program, cwd, result);
	if (result.isCanceled) throw host.signal.reason;
	const [stdout = '', stderr = ''] = output.map((end) => end());
	return {
		exitCode: child.exitCode ?? undefined,
		stdout: keepsAll ? String(result.stdout ?? '') : stdout,
		stderr: keepsAll ? String(result.stderr ?? '') : stderr,
		signal: child.signalCode ?? undefined,
		timedOut: deadline?.isOver() ?? result.timedOut,
		durationMs: host.monotonicMs() - started,
	};
}

/** Hands on each line as it comes; what it returns tells the last of what came. */
function watchOutput(stream: Readable | null, onLine: ProcessRequest['onLine']): () => string {
	let end = '';
	if (stream === null) return () => end;
	stream.setEncoding('utf8').on('data', (text: string) => {
		end = (end + text).slice(-MAX_END);
	});
	if (onLine) createInterface({input: stream, crlfDelay: Number.POSITIVE_INFINITY}).on('line', onLine);
	return () => end;
}

function closeOutput({stdout, stderr}: ResultPromise): void {
	stdout?.destroy();
	stderr?.destroy();
}

/** Ends a child that has a process group of its own when its time is over, and all that it has started with it. */
function limitGroup(child: ResultPromise, timeoutMs: number): {clear(): void; isOver(): boolean} {
	let isOver = false;
	const kill = (signal: 'SIGTERM' | 'SIGKILL') => {
		try {
			if (child.pid !== undefined) process.kill(-child.pid, signal);
		} catch {
			// No such group any more; or Windows, where there are none.
			child.kill(signal);
		}
	};
	const timers = [
		setTimeout(() => {
			isOver = true;
			kill('SIGTERM');
			timers.push(setTimeout(() => kill('SIGKILL'), FORCE_KILL_MS));
		}, timeoutMs),
	];
	child.once('exit', () => !isOver && timers.map(clearTimeout));
	return {clear: () => void timers.map(clearTimeout), isOver: () => isOver};
}

function notFound(program: string, cwd: string, {code, cause}: Pick<Result, 'code' | 'cause'>): SastaError {
	const why = !existsSync(cwd)
		? `its folder ${cwd} is not there`
		: code === 'ENOENT'
			? 'no such program'
			: 'not executable';
	return new SastaError('COMMAND_NOT_FOUND', `Cannot run ${program}: ${why}`, {exitCode: EXIT.usage, cause});
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
