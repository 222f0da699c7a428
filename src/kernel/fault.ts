import {appendFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {SastaError} from './errors.js';
import {EXIT} from './exit-codes.js';

/** Called at every named point of a run. Outside tests it does nothing. */
export type Fault = (point: string) => Promise<void>;

export type FaultSpec = {readonly point: string; readonly occurrence: number; readonly action: string};

export type FaultProcess = {
	kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGSTOP'): void;
	exit(code: number): void;
};

const SPEC =
	/^(?<point>[a-z0-9.:-]+)(?:@(?<occurrence>\d+))?=(?<action>kill|term|int|stop|throw:[A-Z_]+|exit:\d+|sleep:\d+|torn:\d+)$/;

/**
 * Parses `point[@n]=action[;…]`. Actions: `kill`, `term`, `int`, `stop` (signals to ourselves), `throw:CODE`, `exit:N`,
 * `sleep:MS`, and `torn:K` (the journal writes K bytes of the record begun at that point, then is killed).
 */
export function parseFaults(text: string): FaultSpec[] {
	return text.split(';').map((part) => {
		const groups = SPEC.exec(part.trim())?.groups;
		if (groups?.['point'] === undefined || groups['action'] === undefined) {
			throw new SastaError('FAULT_SYNTAX', `SASTAOPS_FAULT has a part I cannot read: ${part}`, {exitCode: EXIT.usage});
		}
		return {point: groups['point'], occurrence: Number(groups['occurrence'] ?? 1), action: groups['action']};
	});
}

/**
 * Builds the fault hook from `SASTAOPS_FAULT` and `SASTAOPS_FAULT_TRACE` (a file that gets every point passed).
 * Refuses to start when either is set outside `NODE_ENV=test`: a user must never trip it.
 */
export function makeFault(env: Readonly<Record<string, string | undefined>>, self: FaultProcess): Fault {
	const text = env['SASTAOPS_FAULT'];
	const trace = env['SASTAOPS_FAULT_TRACE'];
	if (!text && !trace) return async () => undefined;
	if (env['NODE_ENV'] !== 'test') {
		throw new SastaError('FAULT_OUTSIDE_TESTS', 'SASTAOPS_FAULT is set, and this is not a test', {
			exitCode: EXIT.usage,
			hint: 'Unset SASTAOPS_FAULT and SASTAOPS_FAULT_TRACE',
		});
	}

	const specs = text ? parseFaults(text) : [];
	const passed = new Map<string, number>();
	return async (point) => {
		const count = (passed.get(point) ?? 0) + 1;
		passed.set(point, count);
		if (trace) appendFileSync(trace, `${point}@${count}\n`);
		for (const spec of specs) {
			if (spec.point === point && spec.occurrence === count) await act(spec, self);
		}
	};
}

async function act({point, action}: FaultSpec, self: FaultProcess): Promise<void> {
	const [verb, argument = ''] = action.split(':');
	switch (verb) {
		case 'kill':
			return self.kill('SIGKILL');
		case 'term':
			return self.kill('SIGTERM');
		case 'int':
			return self.kill('SIGINT');
		case 'stop':
			return self.kill('SIGSTOP');
		case 'exit':
			return self.exit(Number(argument));
		case 'sleep':
			return void (await delay(Number(argument)));
		case 'torn':
			throw new TornWrite(Number(argument), () => self.kill('SIGKILL'));
		default:
			throw new SastaError(argument, `fault injected at ${point}`, {exitCode: EXIT.outside});
	}
}

/** Tells the journal to write only a part of its record before dying. Only ever thrown by `torn:K`. */
export class TornWrite extends Error {
	readonly keepBytes: number;
	readonly die: () => void;
	constructor(keepBytes: number, die: () => void) {
		super('torn write');
		this.keepBytes = keepBytes;
		this.die = die;
	}
}
