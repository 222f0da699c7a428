import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {type NginxSplit, parseWords} from './nginx-split.js';

export type RunningSplit = {
	readonly split: NginxSplit;
	/** nginx’s own clock: what it compares the lease with. */
	readonly nowMs: number;
};

const TIMEOUT_MS = 3000;

/** How long old workers may still take connections when new ones have answered: nginx lets 0.1 s pass. */
const SETTLED_MS = 300;
const PAUSE_MS = 20;

/**
 * Asks the running nginx what it has loaded, on a connection of its own: an old worker goes on answering on one that it holds.
 * @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_UNKNOWN where nginx.conf is not as the template
 */
export async function readRunning(status: string): Promise<RunningSplit> {
	const {default: undici} = await import('undici');
	let answer: {code: number; text: string};
	try {
		const {statusCode, body} = await undici.request(status, {
			headers: {connection: 'close'},
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		answer = {code: statusCode, text: await body.text()};
	} catch (cause) {
		throw new SastaError('SPLITTER_UNREACHABLE', `nginx at ${status} does not answer: ${wordsOf(cause)}`, {
			exitCode: EXIT.outside,
			cause,
			hint: 'See whether nginx runs, and has the server for sastaops of templates/canary/nginx.conf',
		});
	}
	const split = parseWords(answer.text);
	const [, seconds] = / (\d{10}\.\d{3})\s*$/.exec(answer.text) ?? [];
	if (answer.code === 200 && split !== undefined && seconds !== undefined)
		return {split, nowMs: Math.round(Number(seconds) * 1000)};
	throw new SastaError('SPLITTER_UNKNOWN', `What answers at ${status} does not tell a split`, {
		exitCode: EXIT.outside,
		details: [`It says ${answer.code} ${answer.text.slice(0, 100).trim()}`],
		hint: 'Set nginx up as templates/canary/nginx.conf does, and give the address of its server for sastaops as canary.splitter.status',
	});
}

/** Waits until the generation is the one that every new connection gets; undefined where it is not within the time. */
export async function awaitGeneration(
	status: string,
	{generation, timeoutMs}: {generation: string; timeoutMs: number},
	host: Pick<Host, 'monotonicMs' | 'sleep'>,
): Promise<RunningSplit | undefined> {
	const limitMs = host.monotonicMs() + timeoutMs;
	let sinceMs: number | undefined;
	while (host.monotonicMs() < limitMs) {
		const running = await readRunning(status).catch(() => undefined);
		if (running?.split.generation !== generation) sinceMs = undefined;
		else {
			sinceMs ??= host.monotonicMs();
			if (host.monotonicMs() - sinceMs >= SETTLED_MS) return running;
		}
		await host.sleep(PAUSE_MS);
	}
	return undefined;
}

/** Connecting to several addresses of a name fails with an error that has no words of its own. */
function wordsOf(error: unknown): string {
	return error instanceof AggregateError ? error.errors.map(errorMessage).join(', ') : errorMessage(error);
}
