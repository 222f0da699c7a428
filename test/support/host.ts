import {randomBytes} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import type {Host, HostEvent} from '../../src/kernel/host.js';
import {makeRedactor} from '../../src/kernel/redact.js';

export type TestHost = Host & {
	readonly events: HostEvent[];
	readonly out: string[];
	readonly err: string[];
};

/** A host for tests in this process: real clock and sleep, no terminal, everything said is kept. */
export function makeTestHost(overrides: Partial<Host> = {}): TestHost {
	const events: HostEvent[] = [];
	const out: string[] = [];
	const err: string[] = [];
	const redactor = makeRedactor();
	return {
		cwd: process.cwd(),
		env: process.env,
		platform: process.platform,
		hostname: 'test-host',
		pid: process.pid,
		now: Date.now,
		monotonicMs: () => performance.now(),
		sleep: async (ms, signal) => void (await delay(ms, undefined, signal ? {signal} : {})),
		randomHex: (bytes) => randomBytes(bytes).toString('hex'),
		signal: new AbortController().signal,
		stdout: {isTTY: false, columns: 80, write: (text) => void out.push(text)},
		stderr: {isTTY: false, columns: 80, write: (text) => void err.push(text)},
		stdin: {isTTY: false},
		emit: (event) => void events.push(event),
		addSecret: redactor.add,
		redact: redactor.redact,
		fault: async () => undefined,
		...overrides,
		events,
		out,
		err,
	};
}
