import * as z from 'zod';
import {duration} from './fields.js';

const selector = z
	.string()
	.min(1)
	.meta({examples: ['checkout_requests_total{outcome="failed"}']});
const selectors = z.union([selector, z.array(selector).min(1)]);
const percent = z.number().gt(0).lt(100);

const shared = {
	name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be snake_case, such as checkout_success'),
	title: z
		.string()
		.regex(/^[^\p{Cc}\u2028\u2029]{1,200}$/u, 'must be one line of text')
		.optional(),
	target: percent.describe('Percent of events that are good'),
};

const ratio = z
	.strictObject({
		...shared,
		kind: z.literal('ratio'),
		good: selectors.optional().describe('The counters of good events'),
		bad: selectors.optional().describe('The counters of bad events'),
		total: selectors.optional().describe('The counters of all events'),
		alarm: percent.optional().describe('Somebody is called when fewer percent than this are good'),
	})
	.refine(({good, bad, total}) => [good, bad, total].filter((given) => given !== undefined).length === 2, {
		message: 'must give two of good, bad and total',
		path: ['good'],
	})
	.refine(({alarm, target}) => alarm === undefined || alarm < target, {
		message: 'must be less than the target',
		path: ['alarm'],
	});

const latency = z.strictObject({
	...shared,
	kind: z.literal('latency'),
	threshold: duration.describe('Slower than this is not good'),
	histogram: selector.describe('The histogram, in seconds, such as checkout_duration_seconds'),
	alarm: duration.optional().describe('Somebody is called when fewer than the target’s percent are this fast'),
});

const address = z.url({protocol: /^https?$/});

export const slo = z
	.strictObject({
		period: z.enum(['7d', '28d', '30d']).default('30d').describe('The time an error budget is for'),
		metrics: z
			.array(address)
			.min(1)
			.optional()
			.describe('The metrics page of each instance; without it the shop’s own report at shop.url is read'),
		metricsToken: z.string().min(1).optional().describe('Sent as a bearer to read metrics pages and the report'),
		prometheus: z
			.strictObject({
				url: address.describe('Where /api/v1 is'),
				token: z.string().min(1).optional().describe('Sent as a bearer'),
				labels: z
					.record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string())
					.default({})
					.describe('Added to every selector, such as job: shop'),
			})
			.optional()
			.describe('A Prometheus server to ask instead'),
		objectives: z
			.array(z.discriminatedUnion('kind', [ratio, latency]))
			.min(1)
			.refine((list) => new Set(list.map(({name}) => name)).size === list.length, 'has two objectives of one name')
			.optional()
			.describe('What is promised; without it the six objectives of the shop contract'),
	})
	.describe('Objectives and error budgets');
