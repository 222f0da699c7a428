import * as z from 'zod';
import {errorCode, errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';

export type PrometheusOptions = {
	/** Up to where `/api/v1` begins. */
	readonly url: string;
	/** Sent as a bearer. */
	readonly token?: string | undefined;
	/** For a whole answer. @default 5000 */
	readonly timeoutMs?: number;
};

/** One series of an instant vector at the moment it was asked for. */
export type InstantSample = {readonly labels: Readonly<Record<string, string>>; readonly value: number};

export type InstantVector = {
	/** Milliseconds since the epoch, by the server's clock: the moment that all samples are of. */
	readonly atMs: number;
	/** Empty where the query gives nothing, which is not zero. */
	readonly samples: readonly InstantSample[];
};

/** One series of a range: its samples by time. */
export type RangeSeries = {
	readonly labels: Readonly<Record<string, string>>;
	/** Milliseconds since the epoch, and the value; moments without a sample are left out. */
	readonly points: readonly (readonly [atMs: number, value: number])[];
};

export type Range = {readonly fromMs: number; readonly toMs: number; readonly stepMs: number};

/** The query API of a Prometheus server, or of one that speaks as it does (Thanos, Mimir, VictoriaMetrics). */
export type Prometheus = {
	/** For people; without credentials. */
	readonly where: string;
	/**
	 * One instant query.
	 * @param atMs of which moment; without it, now by the server's clock
	 * @throws SastaError PROMETHEUS_UNREACHABLE, PROMETHEUS_REFUSED (the query or the credentials)
	 */
	query(query: string, atMs?: number): Promise<InstantVector>;
	/**
	 * One query at every step of a range, both ends included; a long one is asked for in parts.
	 * @throws SastaError PROMETHEUS_UNREACHABLE, PROMETHEUS_REFUSED
	 */
	queryRange(query: string, range: Range): Promise<readonly RangeSeries[]>;
};

/** Steps of one range query: Prometheus gives at most 11,000 points of a series. */
const MOST_STEPS = 10_000;

/** No answer of a query that sums is longer; one that forgot to sum over a large shop is refused. */
const MOST_BYTES = 10_000_000;

const sampleValue = z.tuple([z.number(), z.string()]);

const success = z.object({
	status: z.literal('success'),
	data: z.discriminatedUnion('resultType', [
		z.object({
			resultType: z.literal('vector'),
			result: z.array(z.object({metric: z.record(z.string(), z.string()), value: sampleValue})),
		}),
		z.object({resultType: z.literal('scalar'), result: sampleValue}),
		z.object({
			resultType: z.literal('matrix'),
			result: z.array(z.object({metric: z.record(z.string(), z.string()), values: z.array(sampleValue)})),
		}),
		z.object({resultType: z.literal('string'), result: z.unknown()}),
	]),
});

const failure = z.object({status: z.literal('error'), error: z.string()});

/** Nothing is asked yet. @throws SastaError PROMETHEUS_REFUSED where the address is none */
export function openPrometheus(
	{url, token, timeoutMs = 5000}: PrometheusOptions,
	host: Pick<Host, 'redact' | 'addSecret' | 'signal'>,
): Prometheus {
	if (token !== undefined) host.addSecret(token);
	const {endpoint, where, authorization} = parseAddress(url, token);
	if (authorization !== undefined) host.addSecret(authorization);

	return {
		where,
		async query(query, atMs) {
			const form = new URLSearchParams({query, ...(atMs === undefined ? {} : {time: (atMs / 1000).toFixed(3)})});
			const {status, dateMs, body} = await post('query', form);
			return readAnswer({status, body, query, where, dateMs}, host);
		},
		async queryRange(query, {fromMs, toMs, stepMs}) {
			const parts: Promise<readonly RangeSeries[]>[] = [];
			for (let startMs = fromMs; startMs <= toMs; startMs += MOST_STEPS * stepMs) {
				const endMs = Math.min(toMs, startMs + (MOST_STEPS - 1) * stepMs);
				parts.push(askRange(query, {fromMs: startMs, toMs: endMs, stepMs}));
			}
			return joinParts(await Promise.all(parts));
		},
	};

	async function askRange(query: string, {fromMs, toMs, stepMs}: Range): Promise<readonly RangeSeries[]> {
		const seconds = (ms: number) => (ms / 1000).toFixed(3);
		const form = new URLSearchParams({query, start: seconds(fromMs), end: seconds(toMs), step: seconds(stepMs)});
		const {status, dateMs, body} = await post('query_range', form);
		return readRange({status, body, query, where, dateMs}, host);
	}

	/** By POST, as a query may be longer than an address. */
	async function post(path: string, form: URLSearchParams): Promise<{status: number; dateMs: number; body: string}> {
		const {default: undici} = await import('undici');
		try {
			const answer = await undici.request(`${endpoint}/${path}`, {
				method: 'POST',
				headers: {
					accept: 'application/json',
					'content-type': 'application/x-www-form-urlencoded',
					...(authorization === undefined ? {} : {authorization}),
				},
				body: form.toString(),
				signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), host.signal]),
			});
			const dateMs = Date.parse(String(answer.headers['date'] ?? ''));
			return {status: answer.statusCode, dateMs, body: await readBody(answer.body)};
		} catch (error) {
			host.signal.throwIfAborted();
			// No failure of the network, but ours.
			if (error instanceof TypeError && errorCode(error) === undefined) throw error;
			throw unreachable(error);
		}
	}

	async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
		const chunks: Buffer[] = [];
		let size = 0;
		for await (const chunk of body) {
			chunks.push(chunk);
			size += chunk.length;
			if (size > MOST_BYTES)
				throw refused(where, 'its answer is longer than 10 MB', 'Let the query sum: sum by (pod) (…)');
		}
		return Buffer.concat(chunks).toString('utf8');
	}

	function unreachable(cause: unknown): SastaError {
		if (cause instanceof SastaError) return cause;
		const isLate = cause instanceof Error && cause.name === 'TimeoutError';
		const why = isLate ? `no answer within ${timeoutMs / 1000} s` : host.redact(errorMessage(cause)) || 'no connection';
		return new SastaError('PROMETHEUS_UNREACHABLE', `Prometheus at ${where} cannot be asked: ${why}`, {
			exitCode: EXIT.outside,
			cause,
			hint: 'See whether it runs, and whether this machine may connect: a "kubectl port-forward" ends with its terminal',
		});
	}
}

type Answer = {
	readonly status: number;
	readonly body: string;
	readonly query: string;
	readonly where: string;
	/** NaN where it was not told. */
	readonly dateMs: number;
};

function readAnswer(answer: Answer, host: Pick<Host, 'redact'>): InstantVector {
	const {query, where, dateMs} = answer;
	const data = readData(answer, host);
	switch (data.resultType) {
		case 'scalar': {
			const [seconds, text] = data.result;
			return {atMs: Math.round(seconds * 1000), samples: [{labels: {}, value: parseValue(text)}]};
		}
		case 'vector': {
			const samples = data.result.map(({metric, value: [, text]}) => ({labels: metric, value: parseValue(text)}));
			const seconds = data.result[0]?.value[0];
			return {atMs: seconds === undefined ? dateMs : Math.round(seconds * 1000), samples};
		}
		default:
			throw refused(where, `the query gives a ${data.resultType}`, `Ask for a counter as it is now: ${query}`);
	}
}

function readRange(answer: Answer, host: Pick<Host, 'redact'>): readonly RangeSeries[] {
	const data = readData(answer, host);
	if (data.resultType !== 'matrix')
		throw refused(answer.where, `the query gives a ${data.resultType}`, `Ask for a counter: ${answer.query}`);
	return data.result.map(({metric, values}) => ({
		labels: metric,
		points: values.map(([seconds, text]) => [Math.round(seconds * 1000), parseValue(text)] as const),
	}));
}

/** @throws SastaError PROMETHEUS_REFUSED for whatever is no result */
function readData({status, body, query, where}: Answer, host: Pick<Host, 'redact'>): z.output<typeof success>['data'] {
	const value = parseJson(body);
	const told = failure.safeParse(value);
	if (told.success) throw refused(where, `${host.redact(told.data.error)}`, `Mend the query: ${query}`);
	if (status === 401 || status === 403)
		throw refused(where, `it answers ${status}`, 'Set the prometheus token to one that may query');
	const {data: answer} = success.safeParse(value);
	if (status === 200 && answer !== undefined) return answer.data;
	const says = JSON.stringify(host.redact(body.trim().slice(0, 100)));
	if (status >= 500) throw refused(where, `it answers ${status}: ${says}`, 'Look at its log; it may be starting');
	throw refused(where, `it answers ${status}, not as Prometheus does: ${says}`, 'Give the address before /api/v1');
}

/** The parts of a long range, series by series. */
function joinParts(parts: readonly (readonly RangeSeries[])[]): readonly RangeSeries[] {
	if (parts.length === 1) return parts[0] ?? [];
	const joined = new Map<string, {labels: RangeSeries['labels']; points: (readonly [number, number])[]}>();
	for (const {labels, points} of parts.flat()) {
		const key = JSON.stringify(Object.entries(labels).sort());
		const series = joined.get(key) ?? {labels, points: []};
		for (const point of points) series.points.push(point);
		joined.set(key, series);
	}
	return [...joined.values()];
}

/** Credentials in the address become a header: no error and no log shows them. */
function parseAddress(url: string, token: string | undefined) {
	let parsed: URL;
	try {
		parsed = new URL(url);
	} catch {
		throw refused('the configured address', 'it is no address', 'Write http://host:port, or https://…');
	}
	const {username, password} = parsed;
	parsed.username = '';
	parsed.password = '';
	const where = parsed.href.replace(/\/+$/, '');
	const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
	const authorization = token !== undefined ? `Bearer ${token}` : username === '' ? undefined : `Basic ${basic}`;
	return {endpoint: `${where}/api/v1`, where, authorization};
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function parseValue(text: string): number {
	if (text === '+Inf') return Number.POSITIVE_INFINITY;
	return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

function refused(where: string, why: string, hint: string): SastaError {
	return new SastaError('PROMETHEUS_REFUSED', `Prometheus at ${where} does not give what was asked for: ${why}`, {
		exitCode: EXIT.outside,
		hint,
	});
}
