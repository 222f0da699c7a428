import type {WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import type {Finding} from '../../verdict.js';

export type OpenMetricsFacts = readonly {readonly path: string; readonly isOpen: boolean}[];

export const contentMetrics = makeCheck<OpenMetricsFacts>({
	id: 'content.metrics',
	group: 'content',
	title: 'Metrics are not open to everybody',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 3,
	sends: ['GET of /metrics, /admin/metrics and the metrics below the API, without a log-in'],
	why: 'They tell turnover, load, versions and inner names to any competitor or attacker.',
	fix: 'ask for a bearer (METRICS_TOKEN), or serve them on an inner port only',
	references: ['Prometheus: Security model'],
	async gather(context) {
		const {api, origin, isLoopback} = targetOf(context);
		const below = api.startsWith(`${origin}/`) ? [`${new URL(api).pathname}/metrics`] : [];
		const paths = [...new Set(['/metrics', '/admin/metrics', ...below])];
		// On this machine the shop would take us for its own Prometheus: ask as somebody whom a proxy passes on.
		const headers = {accept: 'text/plain;version=0.0.4', ...(isLoopback ? {via: '1.1 sastaops-audit'} : {})};
		return Promise.all(
			paths.map(async (path) => ({path, isOpen: isPrometheusText(await ask(path, headers, context))})),
		);
	},
	judge: judgeMetrics,
});

function ask(url: string, headers: Readonly<Record<string, string>>, {site}: AuditContext): Promise<WebAnswer> {
	return site.send({url, headers, maxBytes: 65_536, expectsBlock: true});
}

/** By its content: a description of a metric, and a sample. */
export function isPrometheusText({status, body}: Pick<WebAnswer, 'status' | 'body'>): boolean {
	const text = body.toString('utf8');
	return (
		status === 200 &&
		/^# (?:TYPE [A-Za-z_:][\w:]* (?:counter|gauge|histogram|summary|untyped|unknown|info|stateset)|HELP [A-Za-z_:][\w:]* )/m.test(
			text,
		) &&
		/^[A-Za-z_:][\w:]*(?:\{[^\n]*\})? [-+]?(?:[\d.]|Inf|NaN)/m.test(text)
	);
}

export function judgeMetrics(facts: OpenMetricsFacts): readonly Finding[] {
	const open = facts.filter(({isOpen}) => isOpen);
	return open.length > 0
		? open.map(({path}) => ({verdict: 'fail', subject: path, reason: `${path} tells its metrics to everybody`}))
		: [{verdict: 'pass', reason: `none at ${facts.map(({path}) => path).join(', ')}`}];
}
