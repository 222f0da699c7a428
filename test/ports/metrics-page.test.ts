import {describe, expect, it} from 'vitest';
import {parseSelector} from '../../src/kernel/selector.js';
import {sumOf} from '../../src/ports/metrics-page.js';
import {parseMetrics} from '../../src/ports/metrics-text.js';

const PAGE = `# HELP http_requests_total Requests
# TYPE http_requests_total counter
http_requests_total{route="/api/a",status="2xx"} 10
http_requests_total{route="/api/b",status="5xx"} 3 1700000000000
http_requests_total{route="say \\"hi\\", \\\\ and\\n",status="2xx"} 1e2
up 1
temperature -3.5
le_bucket{le="+Inf"} 7 # {trace_id="abc"} 0.5
nothing NaN
endless +Inf
broken{
{x="y"} 3
# EOF`;

describe('a metrics page', () => {
	const samples = parseMetrics(PAGE);

	it('is read with labels, escapes, exponents, times, exemplars and words for numbers', () => {
		expect(samples).toHaveLength(8);
		expect(samples[2]).toEqual({
			name: 'http_requests_total',
			labels: {route: 'say "hi", \\ and\n', status: '2xx'},
			value: 100,
		});
		expect(samples[5]).toEqual({name: 'le_bucket', labels: {le: '+Inf'}, value: 7});
		expect(samples[6]?.value).toBeNaN();
		expect(samples[7]?.value).toBe(Number.POSITIVE_INFINITY);
	});

	it.each([
		['http_requests_total', 113],
		['http_requests_total{status="5xx"}', 3],
		['http_requests_total{route=~"/api/.*"}', 13],
		['http_requests_total{route=~"/api"}', undefined],
		['http_requests_total{route=~"/api/.*",status!="5xx"}', 10],
		['http_requests_total{route!~"/api/.*"}', 100],
		['http_requests_total{method=""}', 113],
		['missing_total', undefined],
		[' up ', 1],
	])('sums %s', (selector, sum) => {
		expect(sumOf(samples, parseSelector(selector))).toBe(sum);
	});
});
