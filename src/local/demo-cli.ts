import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host, HostEvent} from '../kernel/host.js';
import {packageFile} from '../kernel/package-file.js';

export type CliRun = {
	/** Undefined when it was killed. */
	readonly exitCode: number | undefined;
	/** The one JSON document; undefined when it was killed. */
	readonly report: Readonly<Record<string, unknown>> | undefined;
	/** The step at work and how far it was, when it was killed. */
	readonly killedAt: {readonly step: string; readonly done: number; readonly total: number} | undefined;
};

export type CliRequest = {
	/** As typed behind `sastaops`. */
	readonly args: readonly string[];
	readonly cwd: string;
	readonly env: Host['env'];
	/** Exit codes that are no failure of the demo. @default [0] */
	readonly expected?: readonly number[];
	/** SIGKILL the process once a step of this name has done this share of its work. */
	readonly killAt?: {readonly step: string; readonly share: number};
};

/** How long a child may take to stop safely before the demo, which throws everything away, kills it. */
const PATIENCE_MS = 5000;

/**
 * Runs the built sastaops as a user would, in a process of its own, its progress passed on.
 * @throws SastaError DEMO_FAILED when it ends with another exit code than expected
 */
export async function runCli(host: Pick<Host, 'signal' | 'emit'>, request: CliRequest): Promise<CliRun> {
	host.signal.throwIfAborted();
	const {args, cwd, env, expected = [0], killAt} = request;
	const child = spawn('node', [packageFile('bin', 'sastaops.js'), ...args, '--output', 'jsonl'], {
		cwd,
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const stop = () => {
		child.kill('SIGTERM');
		setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref();
	};
	host.signal.addEventListener('abort', stop, {once: true});

	const said: string[] = [];
	let step = '';
	let killedAt: CliRun['killedAt'];
	createInterface(child.stderr).on('line', (line) => {
		const event = parseEvent(line);
		if (event === undefined) said.push(line);
		if (event?.type === 'log') said.push(event.message);
		if (event?.type === 'step') step = event.name;
		if (event?.type !== 'progress') return;
		host.emit(event);
		const {done, total = 0} = event;
		if (!killAt || killedAt || !step.startsWith(killAt.step) || done < killAt.share * total || done === total) return;
		killedAt = {step, done, total};
		child.kill('SIGKILL');
	});
	let out = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		out += text;
	});
	const [exitCode] = (await once(child, 'close')) as [number | null];
	host.signal.removeEventListener('abort', stop);
	host.signal.throwIfAborted();

	if (killAt && killedAt) return {exitCode: undefined, report: undefined, killedAt};
	if (killAt || exitCode === null || !expected.includes(exitCode)) {
		throw new SastaError('DEMO_FAILED', `sastaops ${args.join(' ')} ended with exit code ${exitCode}`, {
			exitCode: EXIT.outside,
			details: [...said.slice(-8), ...out.trim().split('\n').slice(-8)],
		});
	}
	return {exitCode, report: JSON.parse(out), killedAt: undefined};
}

function parseEvent(line: string): HostEvent | undefined {
	try {
		return JSON.parse(line) as HostEvent;
	} catch {
		return undefined;
	}
}
