import Type from 'typebox';
import {WINDOWS} from '../../slo/windows.js';
import type {MetricsReport} from './report.js';

const closed = {additionalProperties: false};
const countOf = (...names: string[]) =>
	Type.Object(Object.fromEntries(names.map((name) => [name, Type.Integer({minimum: 0})])), closed);
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const bounds = Type.Object({lowerMs: Type.Number(), upperMs: orNull(Type.Number())}, closed);

export const latencySchema = Type.Object(
	{p50: orNull(bounds), p95: orNull(bounds), p99: orNull(bounds)},
	{...closed, description: 'The histogram bucket that holds the quantile; null without requests'},
);

export const objectiveSchema = Type.Object(
	{
		name: Type.String(),
		title: Type.String(),
		kind: Type.Union([Type.Literal('ratio'), Type.Literal('latency')]),
		target: Type.Number(),
		thresholdMs: orNull(Type.Number()),
		good: Type.Integer({minimum: 0}),
		total: Type.Integer({minimum: 0}),
		ratio: orNull(Type.Number()),
		verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('inconclusive')]),
		budgetUsed: orNull(Type.Number()),
		burnRate: orNull(Type.Number()),
		alarm: orNull(
			Type.Object(
				{target: Type.Number(), thresholdMs: orNull(Type.Number()), good: Type.Integer({minimum: 0})},
				closed,
			),
		),
	},
	closed,
);

const windowSchema = Type.Object(
	{
		from: Type.String({format: 'date-time'}),
		requests: Type.Integer({minimum: 0}),
		errors: Type.Integer({minimum: 0}),
		latency: latencySchema,
		checkouts: countOf('placed', 'replayed', 'out_of_stock', 'refused', 'failed'),
		payments: countOf('captured', 'failed', 'refused', 'quarantined', 'refunded'),
		orders: countOf('placed', 'paid', 'expired', 'cancelled', 'refunded'),
		revenuePaise: Type.Integer({minimum: 0}),
		refundedPaise: Type.Integer({minimum: 0}),
		registrations: Type.Integer({minimum: 0}),
		conversion: orNull(Type.Number()),
		objectives: Type.Array(objectiveSchema),
	},
	closed,
);

/** `MetricsReport`, as it is sent. */
export const reportSchema = Type.Unsafe<MetricsReport>(
	Type.Object(
		{
			generatedAt: Type.String({format: 'date-time'}),
			source: Type.Union([Type.Literal('shop'), Type.Literal('process')]),
			since: orNull(Type.String({format: 'date-time'})),
			windows: Type.Object(Object.fromEntries(WINDOWS.map(({name}) => [name, windowSchema])), closed),
		},
		closed,
	),
);
