import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
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

/** Which samples are meant: `payments_total{outcome=~"captured|failed",side!="test"}`. */
export type Selector = {
	readonly name: string;
	matchesLabels(labels: Sample['labels']): boolean;
};

const SELECTOR = /^\s*([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s*$/;
const MATCHER = /\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/** @throws SastaError SELECTOR_INVALID, naming the text */
export function parseSelector(text: string): Selector {
	const [, name, inside = ''] = SELECTOR.exec(text) ?? [];
	if (name === undefined) throw invalidSelector(text);
	const tests: ((labels: Sample['labels']) => boolean)[] = [];
	MATCHER.lastIndex = 0;
	while (MATCHER.lastIndex < inside.trimEnd().length) {
		const match = MATCHER.exec(inside);
		if (match === null) throw invalidSelector(text);
		const [, label = '', operator = '', quoted = ''] = match;
		tests.push(testOf(label, operator, quoted.replaceAll(/\\(.)/g, '$1'), text));
	}
	return {name, matchesLabels: (labels) => tests.every((test) => test(labels))};
}

function testOf(label: string, operator: string, value: string, text: string): (labels: Sample['labels']) => boolean {
	if (operator === '=') return (labels) => (labels[label] ?? '') === value;
	if (operator === '!=') return (labels) => (labels[label] ?? '') !== value;
	let pattern: RegExp;
	try {
		// As Prometheus: the whole value must match.
		pattern = new RegExp(`^(?:${value})$`);
	} catch (error) {
		throw invalidSelector(text, error);
	}
	return (labels) => pattern.test(labels[label] ?? '') === (operator === '=~');
}

function invalidSelector(text: string, cause?: unknown): SastaError {
	return new SastaError('SELECTOR_INVALID', `Not a metric's selector: ${text}`, {
		exitCode: EXIT.usage,
		cause,
		hint: 'Write it such as payments_total{outcome="failed"}',
	});
}

/** The sum over the samples meant; undefined where there is none, which is not zero. */
export function sumOf(samples: readonly Sample[], selector: Selector): number | undefined {
	let sum: number | undefined;
	for (const {name, labels, value} of samples)
		if (name === selector.name && selector.matchesLabels(labels)) sum = (sum ?? 0) + value;
	return sum;
}
