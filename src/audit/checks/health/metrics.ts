import {type Sample as MetricSample, parseMetrics} from '../../../ports/metrics-text.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import type {Finding} from '../../verdict.js';

export type Scrape = {
	readonly path: string;
	readonly status: number;
	readonly samples: readonly MetricSample[];
};

/** Of one metric, edges of histograms not counted: more is a label that grows with the traffic. */
const MAX_SERIES = 1000;
const MAX_ROUTES = 200;

const NEEDED = ['http_requests_total', 'http_request_duration_seconds_bucket', 'process_start_time_seconds'] as const;

export const metricsScrape = makeCheck<Scrape>({
	id: 'metrics.scrape',
	group: 'health',
	title: 'The metrics can be read, and do not grow with the traffic',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 2,
	sends: ['GET /metrics with slo.metricsToken'],
	why: 'Objectives, canaries and alerts are counted from them; a label for each customer brings Prometheus down.',
	fix: 'answer GET /metrics in the text format of Prometheus; docs/shop-contract.md, Metrics',
	references: ['docs/shop-contract.md, Metrics', 'Prometheus, metric and label naming'],
	skipReason: ({loaded}) =>
		loaded.config.slo.metricsToken === undefined
			? 'slo.metricsToken is not set: with it the metrics would be read and judged'
			: undefined,
	gather: scrape,
	judge: judgeScrape,
});

async function scrape(context: AuditContext): Promise<Scrape> {
	const {origin, api} = targetOf(context);
	const token = context.loaded.config.slo.metricsToken ?? '';
	const ask = (url: string) =>
		context.site.send({
			url,
			headers: {accept: 'text/plain;version=0.0.4'},
			credentials: {authorization: `Bearer ${token}`},
			maxBytes: 8_388_608,
		});
	let answer = await ask(`${origin}/metrics`);
	if (answer.status === 404) answer = await ask(`${api}/metrics`);
	return {
		path: answer.url.pathname,
		status: answer.status,
		samples: answer.status === 200 ? parseMetrics(answer.body.toString('utf8')) : [],
	};
}

export function judgeScrape({path, status, samples}: Scrape): Finding | readonly Finding[] {
	if (status === 404)
		return {verdict: 'skip', reason: 'the shop offers no metrics here; with them objectives could be counted'};
	if (status === 401 || status === 403)
		return {
			verdict: 'fail',
			reason: `${path} refuses slo.metricsToken`,
			fix: 'set slo.metricsToken to the shop’s METRICS_TOKEN',
		};
	if (status !== 200) return {verdict: 'fail', reason: `${path} answers ${status}`};
	if (samples.length === 0) return {verdict: 'fail', reason: `${path} is no text that Prometheus reads`};
	const names = new Set(samples.map(({name}) => name));
	const missing = NEEDED.filter((name) => !names.has(name));
	if (missing.length > 0) return {verdict: 'fail', reason: `${path} does not tell ${missing.join(', ')}`};
	const crowded = crowdedOf(samples);
	if (crowded.length > 0)
		return crowded.map(
			(name): Finding => ({
				verdict: 'fail',
				subject: `metric ${name.slice(0, 100)}`,
				reason: 'a label of it grows with the traffic',
				fix: 'let route be a template such as /api/orders/:id, and keep ids out of labels',
			}),
		);
	return {verdict: 'pass', reason: `${path} tells what objectives need`};
}

/** Metrics with an id in a route, with too many routes, or too many series. */
function crowdedOf(samples: readonly MetricSample[]): readonly string[] {
	const series = new Map<string, {count: number; routes: Set<string>; hasId: boolean}>();
	for (const {name, labels} of samples) {
		const known = series.get(name) ?? {count: 0, routes: new Set<string>(), hasId: false};
		if (labels['le'] === undefined || labels['le'] === '+Inf') known.count++;
		const route = labels['route'];
		if (route !== undefined && known.routes.size <= MAX_ROUTES) {
			known.routes.add(route);
			known.hasId ||= hasId(route);
		}
		series.set(name, known);
	}
	return [...series]
		.filter(([, {count, routes, hasId: id}]) => id || count > MAX_SERIES || routes.size > MAX_ROUTES)
		.map(([name]) => name);
}

/** A number, a hash or a UUID where a template has a name. */
function hasId(route: string): boolean {
	return route
		.slice(0, 2000)
		.split('/')
		.some((part) => /^(?:\d{2,}|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f-]{27})$/i.test(part));
}
