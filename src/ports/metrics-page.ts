import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {httpGet} from './http-probe.js';

/** One line of a metrics page. */
export type Sample = {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
};

/** A page of a shop with thousands of series is a few megabytes. */
const MAX_BYTES = 20_000_000;

/**
 * Asks one instance for its metrics, in Prometheus' text format.
 * @throws SastaError METRICS_UNREADABLE for any other answer; the network's error as it is
 */
export async function readMetricsPage(
	{url, token, timeoutMs}: {url: string; token?: string | undefined; timeoutMs: number},
	host: Pick<Host, 'monotonicMs'>,
): Promise<Sample[]> {
	const headers = {accept: 'text/plain', ...(token === undefined ? {} : {authorization: `Bearer ${token}`})};
	const {status, body} = await httpGet({url, headers, timeoutMs, maxBytes: MAX_BYTES}, host);
	if (status !== 200) {
		throw new SastaError('METRICS_UNREADABLE', `${url} answered ${status} instead of its metrics`, {
			exitCode: EXIT.outside,
			hint:
				status === 401 || status === 403
					? 'Set canary.metricsToken to the shop’s METRICS_TOKEN'
					: 'Set canary.metrics to where the shop tells them, or to none',
		});
	}
	return parseMetrics(body);
}

/** `name{label="value"} 1.5 1700000000`; the time at the end, and an exemplar behind a #, are passed over. */
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+([^\s]+)(?:\s|$)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a page in Prometheus' text format 0.0.4, or OpenMetrics'. Lines that are neither are passed over. */
export function parseMetrics(text: string): Sample[] {
	const samples: Sample[] = [];
	for (const line of text.split('\n')) {
		if (line === '' || line.startsWith('#')) continue;
		const [, name, labels = '', value = ''] = LINE.exec(line.replace(/ # \{.*$/, '')) ?? [];
		const number = numberOf(value);
		if (name === undefined || number === undefined) continue;
		samples.push({name, labels: parseLabels(labels), value: number});
	}
	return samples;
}

function parseLabels(text: string): Record<string, string> {
	const labels: Record<string, string> = {};
	for (const [, name = '', value = ''] of text.matchAll(LABEL))
		labels[name] = value.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
	return labels;
}

function numberOf(text: string): number | undefined {
	const words: Readonly<Record<string, number>> = {
		'+Inf': Number.POSITIVE_INFINITY,
		'-Inf': Number.NEGATIVE_INFINITY,
		NaN: Number.NaN,
	};
	const value = words[text] ?? Number(text);
	return text === '' || (Number.isNaN(value) && text !== 'NaN') ? undefined : value;
}

/** Which samples are meant: `payments_total{outcome=~"captured|failed",side!="test"}`. */
export type Selector = {matches(sample: Sample): boolean};

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
	return {matches: (sample) => sample.name === name && tests.every((test) => test(sample.labels))};
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
	for (const sample of samples) if (selector.matches(sample)) sum = (sum ?? 0) + sample.value;
	return sum;
}
