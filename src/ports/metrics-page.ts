import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Selector} from '../kernel/selector.js';
import {httpGet} from './http-probe.js';
import {parseMetrics, type Sample} from './metrics-text.js';

/** A page of a shop with thousands of series is a few megabytes. */
const MAX_BYTES = 20_000_000;

export type MetricsPageRequest = {
	readonly url: string;
	/** Sent as a bearer. */
	readonly token?: string | undefined;
	/** The configuration's key of that token, for the hint. */
	readonly tokenKey: string;
	readonly timeoutMs: number;
	/** Which metrics to read. @default all */
	readonly isWanted?: (name: string) => boolean;
};

/**
 * Asks one instance for its metrics, in Prometheus' text format.
 * @throws SastaError METRICS_UNREADABLE for any other answer; the network's error as it is
 */
export async function readMetricsPage(
	{url, token, tokenKey, timeoutMs, isWanted}: MetricsPageRequest,
	host: Pick<Host, 'monotonicMs'>,
): Promise<Sample[]> {
	const headers = {accept: 'text/plain', ...(token === undefined ? {} : {authorization: `Bearer ${token}`})};
	const {status, body} = await httpGet({url, headers, timeoutMs, maxBytes: MAX_BYTES}, host);
	if (status === 401 || status === 403)
		throw unreadable(`${url} answered ${status}`, `Set ${tokenKey} to the shop’s METRICS_TOKEN`);
	if (status !== 200) throw unreadable(`${url} answered ${status}`, 'Give the address where the shop tells them');
	// Half a page would be read as a shop that counts less.
	if (body.length >= MAX_BYTES) throw unreadable(`${url} sent more than 20 MB`, 'Tell fewer series there');
	return parseMetrics(body, isWanted);
}

function unreadable(what: string, hint: string): SastaError {
	return new SastaError('METRICS_UNREADABLE', `${what} instead of its metrics`, {exitCode: EXIT.outside, hint});
}

/** The sum over the samples meant; undefined where there is none, which is not zero. */
export function sumOf(samples: readonly Sample[], selector: Selector): number | undefined {
	let sum: number | undefined;
	for (const sample of samples) if (selector.matches(sample)) sum = (sum ?? 0) + sample.value;
	return sum;
}
