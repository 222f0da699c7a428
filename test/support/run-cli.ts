import {type ChildProcess, spawn} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {BINARY, type CliResult, type ShopWorld} from './shop-world.js';

export type RunningCli = {
	readonly child: ChildProcess;
	/** Resolves when it has ended. */
	readonly ended: Promise<CliResult>;
	/** What it has written to stderr so far. */
	said(): string;
	/** Resolves when the process is stopped (SIGSTOP); rejects when it ends instead. */
	stopped(): Promise<void>;
};

/** Starts the built binary and leaves it running, to be stopped, killed or looked at. */
export function startCli(
	{cwd, env}: Pick<ShopWorld, 'cwd' | 'env'>,
	args: readonly string[],
	extra: Readonly<Record<string, string>> = {},
): RunningCli {
	const child = spawn(process.execPath, [BINARY, ...args], {
		cwd,
		env: {...env, ...extra},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let stdout = '';
	let stderr = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
	});
	const ended = new Promise<CliResult>((done) => {
		child.once('close', (exitCode, signal) => done({exitCode, signal, stdout, stderr}));
	});
	const stopped = async () => {
		for (;;) {
			if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${stderr}${stdout}`);
			const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '');
			if (/\) T /.test(stat)) return;
			await new Promise((done) => setTimeout(done, 20));
		}
	};
	return {child, ended, stopped, said: () => stderr};
}
