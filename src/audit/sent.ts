import type {Host} from '../kernel/host.js';
import {NoAnswer} from '../ports/web/dial.js';
import {exchange, type WebAnswer, type WebRequest} from '../ports/web/exchange.js';
import type {Route} from '../ports/web/route.js';

/** One line of "what was sent". */
export type Sent = {
	readonly check: string;
	/** `GET https://shop.example/`, `TLSv1.1 handshake with shop.example:443`. */
	readonly what: string;
	/** The status, or why there was no answer. */
	readonly result: string;
	readonly durationMs: number;
};

export type SentLog = {
	readonly sent: Sent[];
	readonly check: string;
	readonly host: Pick<Host, 'monotonicMs' | 'signal'>;
};

/** Writes down what was sent, what came back, and how long it took; `begin` is called when it leaves. */
export async function recordSent<T>(
	{sent, check, host}: SentLog,
	{
		what,
		result,
		work,
	}: {
		readonly what: string;
		readonly result: (value: T) => string;
		readonly work: (begin: () => void) => Promise<T>;
	},
): Promise<T> {
	let startedMs = host.monotonicMs();
	const write = (words: string) =>
		sent.push({check, what, result: words, durationMs: Math.round(host.monotonicMs() - startedMs)});
	try {
		const value = await work(() => {
			startedMs = host.monotonicMs();
		});
		write(result(value));
		return value;
	} catch (error) {
		if (error instanceof NoAnswer) write(error.why);
		throw error;
	}
}

/**
 * A request to another service than the target, such as the payment provider: written down, and no part of what may be
 * sent to the target. `--resolve` and `--header` are the target's alone. @throws NoAnswer
 */
export function sendElsewhere(request: WebRequest, route: Route, log: SentLog): Promise<WebAnswer> {
	return recordSent(log, {
		what: `${request.method ?? 'GET'} ${request.url.href}`,
		result: ({status}) => String(status),
		work: () => exchange(request, {...route, rules: [], allowPrivate: true}, log.host.signal),
	});
}
