/** What rules are made for, beside the objectives. */
export type RuleOptions = {
	/** The value of the label `service`. */
	readonly service: string;
	/** Further labels of everything that is recorded and alerted, such as `team`. */
	readonly labels: Readonly<Record<string, string>>;
	/** Added to every selector, such as `job`. */
	readonly selectorLabels: Readonly<Record<string, string>>;
	/** The time an error budget is for. */
	readonly period: '7d' | '28d' | '30d';
	/** Latency from native histograms, which know every threshold, instead of buckets. */
	readonly isNative: boolean;
	/** Where people read what to do; `{slo}` stands for the objective. */
	readonly runbook: string | undefined;
};

/** Minutes of a period, which need not be one of the windows. */
export function periodMinutes({period}: Pick<RuleOptions, 'period'>): number {
	return Number.parseInt(period, 10) * 1440;
}
