import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {errorMessage} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import {packageFile} from '../kernel/package-file.js';

/** A server that ends when we do, even by SIGKILL. */
export type GuardedServer = {
	/** Resolves when the server has ended, to its exit code. */
	readonly ended: Promise<number>;
	/** The last of what it wrote to stderr. */
	stderrTail(): string;
	/** TERM, and KILL ten seconds later. */
	stop(): Promise<void>;
	/** KILL at once: what a power cut does. */
	kill(): Promise<void>;
};

const TAIL_LENGTH = 4000;

/**
 * Starts a server under templates/local/guard.sh, in a process group of its own (a terminal's Ctrl-C is ours to pass on),
 * and stops it when the host is told to stop.
 */
export function startGuarded(
	host: Pick<Host, 'env' | 'signal'>,
	{argv, cwd, remove}: {readonly argv: readonly string[]; readonly cwd: string; readonly remove?: string},
): GuardedServer {
	const child = spawn('sh', [packageFile('templates', 'local', 'guard.sh'), remove ?? '', ...argv], {
		cwd,
		env: host.env,
		detached: true,
		stdio: ['pipe', 'ignore', 'pipe'],
	});
	let tail = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		tail = (tail + text).slice(-TAIL_LENGTH);
	});
	// The guard may be gone when we tell it to stop.
	child.stdin.on('error', () => undefined);
	const ended = once(child, 'exit').then(
		([code]) => (typeof code === 'number' ? code : 1),
		(error: unknown) => {
			// No sh on this machine.
			tail = errorMessage(error);
			return 127;
		},
	);

	const stop = async () => {
		host.signal.removeEventListener('abort', stop);
		child.stdin.end();
		await ended;
	};
	host.signal.addEventListener('abort', stop, {once: true});
	return {
		ended,
		stderrTail: () => tail.trim(),
		stop,
		async kill() {
			host.signal.removeEventListener('abort', stop);
			child.stdin.end('kill\n');
			await ended;
		},
	};
}
