import {randomBytes} from 'node:crypto';
import {setMaxListeners} from 'node:events';
import {hostname} from 'node:os';
import {performance} from 'node:perf_hooks';
import {setTimeout as delay} from 'node:timers/promises';
import {errorCode, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {type Fault, makeFault} from '../kernel/fault.js';
import type {Host, HostEvent, Output} from '../kernel/host.js';
import {makeRedactor, secretsOf} from '../kernel/redact.js';

/** The host, and what only the CLI may know of the process. */
export type CliHost = Host & {
	readonly argv: readonly string[];
	readonly terminal: {readonly stdin: NodeJS.ReadStream; readonly stderr: NodeJS.WriteStream};
	/** Why nothing may be done at all: faults set outside tests, a folder that is gone. */
	readonly barred: unknown;
	/** Sets who gets the events; nobody does before. */
	listen(listener: ((event: HostEvent) => void) | undefined): void;
};

/** The only place that touches `process`. `dispose` gives the signals back. */
export function makeHost(argv: readonly string[]): {host: CliHost; dispose: () => void} {
	const redactor = makeRedactor();
	for (const secret of secretsOf(process.env)) redactor.add(secret);
	const stop = new AbortController();
	// All that is under way listens to it: more than ten are no leak.
	setMaxListeners(0, stop.signal);
	let listener: ((event: HostEvent) => void) | undefined;
	const stderr = makeOutput(process.stderr);

	const onSignal = (signal: NodeJS.Signals) => {
		const exitCode = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
		if (stop.signal.aborted) process.exit(exitCode);
		stderr.write('\nStopping safely… (once more: stop now)\n');
		stop.abort(
			new SastaError('INTERRUPTED', signal === 'SIGINT' ? 'Interrupted' : 'Terminated', {
				exitCode,
				hint: 'Where it stands: sastaops release status',
			}),
		);
	};
	process.on('SIGINT', onSignal);
	process.on('SIGTERM', onSignal);

	const {cwd, fault, barred} = readSurroundings();
	const host: CliHost = {
		argv,
		barred,
		cwd,
		fault,
		env: process.env,
		platform: process.platform,
		hostname: hostname(),
		pid: process.pid,
		now: Date.now,
		monotonicMs: () => performance.now(),
		sleep: async (ms, signal) => {
			try {
				await delay(ms, undefined, signal ? {signal} : {});
			} catch (error) {
				throw signal?.aborted ? signal.reason : error;
			}
		},
		randomHex: makeRandomHex(),
		signal: stop.signal,
		stdout: makeOutput(process.stdout),
		stderr,
		stdin: {isTTY: process.stdin.isTTY === true},
		terminal: {stdin: process.stdin, stderr: process.stderr},
		emit: (event) => listener?.(event),
		listen: (next) => {
			listener = next;
		},
		addSecret: redactor.add,
		redact: redactor.redact,
	};
	const dispose = () => {
		process.off('SIGINT', onSignal);
		process.off('SIGTERM', onSignal);
	};
	return {host, dispose};
}

/** A server goes on when its terminal is closed (SIGHUP). What it returns ends that. */
export function outliveTerminal(): () => void {
	const goOn = () => undefined;
	process.on('SIGHUP', goOn);
	return () => void process.off('SIGHUP', goOn);
}

/** Asks the system for many bytes at a time: each request of a shop needs some, and asking costs ten microseconds. */
function makeRandomHex(): Host['randomHex'] {
	const POOL_BYTES = 4096;
	let pool = Buffer.alloc(0);
	return (bytes) => {
		if (bytes > pool.length) pool = randomBytes(Math.max(bytes, POOL_BYTES));
		const hex = pool.toString('hex', 0, bytes);
		pool = pool.subarray(bytes);
		return hex;
	};
}

/** What may be wrong before anything was asked for; it is told on the one road that all errors take. */
function readSurroundings(): {cwd: string; fault: Fault; barred: unknown} {
	try {
		const fault = makeFault(process.env, {
			kill: (signal) => process.kill(process.pid, signal),
			exit: (code) => process.exit(code),
		});
		return {cwd: process.cwd(), fault, barred: undefined};
	} catch (error) {
		const barred =
			errorCode(error) === 'ENOENT'
				? new SastaError('FOLDER_GONE', 'The folder you are in is not there any more', {
						exitCode: EXIT.usage,
						hint: 'Go to your shop’s repository and run it there',
					})
				: error;
		return {cwd: '/', fault: async () => undefined, barred};
	}
}

/** A closed pipe (`| head`) must not stop a release half-way: what cannot be written is dropped. */
function makeOutput(stream: NodeJS.WriteStream): Output {
	stream.on('error', () => undefined);
	return {
		isTTY: stream.isTTY === true,
		columns: stream.columns ?? 80,
		write: (text) => void stream.write(text),
	};
}
