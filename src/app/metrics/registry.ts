import {setImmediate} from 'node:timers/promises';
import {Counter, Gauge, Histogram, Registry} from 'prom-client';

/** Every label with every value it may have: the series are there from the start, at 0, and there will be no others. */
export type Labels = Readonly<Record<string, readonly string[]>>;
export type LabelValues<L extends Labels> = {readonly [Name in keyof L]: L[Name][number]};

/** `create` makes the series of these labels, at 0. */
export type CounterFamily<L extends Labels> = {
	add(labels: LabelValues<L>, by?: number): void;
	create(labels: LabelValues<L>): void;
};
export type GaugeFamily<L extends Labels> = {set(labels: LabelValues<L>, value: number): void};
export type HistogramFamily<L extends Labels> = {
	observe(labels: LabelValues<L>, value: number): void;
	create(labels: LabelValues<L>): void;
};

type Family<L extends Labels> = {
	readonly name: string;
	readonly help: string;
	readonly labels: L;
	/** Only `create` and the first use make series, for labels of which few combinations are real. @default false */
	readonly isLazy?: boolean;
};

/**
 * The metrics of one shop. A value that a label does not list is dropped: what clients send must never make series.
 * The only file that knows which library writes the text.
 */
export type MetricRegistry = {
	counter<L extends Labels>(family: Family<L>): CounterFamily<L>;
	gauge<L extends Labels>(family: Family<L>): GaugeFamily<L>;
	/** @param family.edges upper bounds in seconds */
	histogram<L extends Labels>(family: Family<L> & {readonly edges: readonly number[]}): HistogramFamily<L>;
	/** Called before each text is made, to bring gauges up to date. */
	beforeText(refresh: () => void | Promise<void>): void;
	/** Prometheus' text format, 0.0.4. */
	text(): Promise<string>;
	/** The names of the families. */
	names(): readonly string[];
};

export function openRegistry(): MetricRegistry {
	const registry = new Registry();
	const refreshers: (() => void | Promise<void>)[] = [];
	const common = ({name, help, labels}: Family<Labels>) => ({
		name,
		help,
		labelNames: Object.keys(labels),
		registers: [registry],
	});
	return {
		counter(family) {
			const counter = new Counter(common(family));
			const create = (labels: Readonly<Record<string, string>>) => counter.inc(labels, 0);
			if (family.isLazy !== true) for (const labels of combinations(family.labels)) create(labels);
			return {
				create,
				add(labels, by = 1) {
					if (areKnown(family.labels, labels) && by > 0 && Number.isFinite(by)) counter.inc(labels, by);
				},
			};
		},
		gauge(family) {
			const gauge = new Gauge(common(family));
			for (const labels of combinations(family.labels)) gauge.set(labels, 0);
			return {
				set(labels, value) {
					if (areKnown(family.labels, labels) && !Number.isNaN(value)) gauge.set(labels, value);
				},
			};
		},
		histogram(family) {
			const histogram = new Histogram({...common(family), buckets: [...family.edges]});
			const create = (labels: Readonly<Record<string, string>>) => histogram.zero(labels);
			if (family.isLazy !== true) for (const labels of combinations(family.labels)) create(labels);
			return {
				observe(labels, value) {
					if (areKnown(family.labels, labels) && value >= 0) histogram.observe(labels, value);
				},
				create,
			};
		},
		beforeText: (refresh) => void refreshers.push(refresh),
		async text() {
			for (const refresh of refreshers) await refresh();
			const families: string[] = [];
			for (const {name} of registry.getMetricsAsArray()) {
				families.push(await registry.getSingleMetricAsString(name));
				// Requests get their turn between two families: a scrape must not hold them up as a whole.
				await setImmediate();
			}
			return `${families.join('\n\n')}\n`;
		},
		names: () => registry.getMetricsAsArray().map(({name}) => name),
	};
}

function areKnown(known: Labels, labels: Readonly<Record<string, string>>): boolean {
	for (const name in known) {
		const value = labels[name];
		if (value === undefined || known[name]?.includes(value) !== true) return false;
	}
	return true;
}

/** Every combination of the labels' values; one without labels, where there are none. */
function combinations(labels: Labels): Readonly<Record<string, string>>[] {
	return Object.entries(labels).reduce<Record<string, string>[]>(
		(sets, [name, values]) => sets.flatMap((set) => values.map((value) => ({...set, [name]: value}))),
		[{}],
	);
}
