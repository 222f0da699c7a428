import {resolve} from 'node:path';
import {splitArgv} from '../kernel/argv.js';
import type {CommandConfig} from '../kernel/config/schema.js';
import {durationMs} from '../kernel/duration.js';
import type {Host} from '../kernel/host.js';
import {type ProcessRequest, type ProcessResult, runProcess} from './process.js';

/** A command of the configuration, ready to run. */
export type UserCommand = {
	readonly argv: readonly string[];
	readonly shell: boolean;
	readonly timeoutMs: number;
	readonly cwd: string;
	/** As a person would type it. */
	readonly title: string;
};

const DEFAULT_TIMEOUT_MS = 600_000;

export function makeUserCommand(config: CommandConfig, root: string): UserCommand {
	const isBare = typeof config === 'string' || Array.isArray(config);
	const run = isBare ? config : config.run;
	const shell = isBare ? false : config.shell;
	const title =
		typeof run === 'string'
			? run
			: run.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
	return {
		argv: typeof run === 'string' ? (shell ? [run] : splitArgv(run)) : run,
		shell,
		timeoutMs: isBare ? DEFAULT_TIMEOUT_MS : durationMs(config.timeout),
		cwd: isBare || config.cwd === undefined ? root : resolve(root, config.cwd),
		title,
	};
}

/** How a command ended, for an error: `exit code 3`, `SIGKILL`, or that its time was over. */
export function endingOf({
	exitCode,
	signal,
	timedOut,
}: Pick<ProcessResult, 'exitCode' | 'signal' | 'timedOut'>): string {
	if (timedOut) return 'did not end in time';
	return exitCode === undefined ? `was ended by ${signal}` : `failed (exit code ${exitCode})`;
}

/** Runs a command of the user's to its end; the last of what it prints is kept. */
export function runUserCommand(
	command: UserCommand,
	host: Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs'>,
	options: Pick<ProcessRequest, 'env' | 'onLine' | 'uninterruptible'> = {},
): Promise<ProcessResult> {
	const {argv, shell, timeoutMs, cwd} = command;
	return runProcess(host, {argv, shell, timeoutMs, cwd, keep: 'end', ...options});
}
