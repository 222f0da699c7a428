import * as z from 'zod';

/** The part of OpenSLO v1 that is read here; more keys are let pass where they change nothing. */
const metricSource = z.object({
	metricSource: z.object({
		type: z.string().optional(),
		metricSourceRef: z.string().optional(),
		spec: z.record(z.string(), z.unknown()).optional(),
	}),
});

const sliSpec = z.object({
	thresholdMetric: z.unknown().optional(),
	ratioMetric: z
		.object({
			counter: z.boolean().optional(),
			good: metricSource.optional(),
			bad: metricSource.optional(),
			total: metricSource.optional(),
			raw: z.unknown().optional(),
		})
		.optional(),
});

const metadata = z.object({name: z.string().min(1), displayName: z.string().optional()});

export const sliDocument = z.object({kind: z.literal('SLI'), metadata, spec: sliSpec});

export const sloDocument = z.object({
	kind: z.literal('SLO'),
	metadata,
	spec: z.object({
		description: z.string().optional(),
		service: z.string(),
		indicator: z.object({metadata, spec: sliSpec}).optional(),
		indicatorRef: z.string().optional(),
		timeWindow: z
			.array(z.object({duration: z.string(), isRolling: z.boolean().optional(), calendar: z.unknown().optional()}))
			.length(1),
		budgetingMethod: z.string(),
		objectives: z
			.array(
				z.object({
					displayName: z.string().optional(),
					target: z.number().optional(),
					targetPercent: z.number().optional(),
				}),
			)
			.min(1),
	}),
});

export const anyDocument = z.object({apiVersion: z.string(), kind: z.string(), metadata: z.object({name: z.string()})});

export type SliSpec = z.output<typeof sliSpec>;
export type SloDocument = z.output<typeof sloDocument>;
export type MetricSource = z.output<typeof metricSource>;
