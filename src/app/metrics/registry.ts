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
	/**
	 * @param family.edges upper bounds in seconds
	 * @param family.shardBy a label with many values: its series are written a value at a time, with a pause between
	 */
	histogram<L extends Labels>(
		family: Family<L> & {readonly edges: readonly number[]; readonly shardBy?: keyof L & string},
	): HistogramFamily<L>;
	/** Called before each text is made, to bring gauges up to date. */
	beforeText(refresh: () => void | Promise<void>): void;
	/** Prometheus' text format, 0.0.4. */
	text(): Promise<string>;
};

type Writer = () => Promise<string>;

export function openRegistry(): MetricRegistry {
	const registry = new Registry();
	const refreshers: (() => void | Promise<void>)[] = [];
	const families: {readonly name: string; readonly writers: readonly Writer[]}[] = [];
	const wholeFamily = (name: string) => ({name, writers: [() => registry.getSingleMetricAsString(name)]});
	const common = ({name, help, labels}: Family<Labels>) => ({
		name,
		help,
		labelNames: Object.keys(labels),
		registers: [registry],
	});
	return {
		counter(family) {
			const counter = new Counter(common(family));
			families.push(wholeFamily(family.name));
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
			families.push(wholeFamily(family.name));
			for (const labels of combinations(family.labels)) gauge.set(labels, 0);
			return {
				set(labels, value) {
					if (areKnown(family.labels, labels) && !Number.isNaN(value)) gauge.set(labels, value);
				},
			};
		},
		histogram(family) {
			const shards = new Map<string, Histogram>();
			const writers: Writer[] = [];
			families.push({name: family.name, writers});
			// The library writes a histogram in one go; a hundred kilobytes of it would hold everybody up.
			const shardOf = (labels: Readonly<Record<string, string>>): Histogram => {
				const key = family.shardBy === undefined ? '' : (labels[family.shardBy] ?? '');
				const known = shards.get(key);
				if (known) return known;
				const own = new Registry();
				const histogram = new Histogram({...common(family), buckets: [...family.edges], registers: [own]});
				shards.set(key, histogram);
				writers.push(() => own.getSingleMetricAsString(family.name));
				return histogram;
			};
			const create = (labels: Readonly<Record<string, string>>) => shardOf(labels).zero(labels);
			if (family.isLazy !== true) for (const labels of combinations(family.labels)) create(labels);
			return {
				observe(labels, value) {
					if (areKnown(family.labels, labels) && value >= 0) shardOf(labels).observe(labels, value);
				},
				create,
			};
		},
		beforeText: (refresh) => void refreshers.push(refresh),
		async text() {
			for (const refresh of refreshers) await refresh();
			const written: string[] = [];
			for (const {writers} of families) {
				const parts: string[] = [];
				for (const write of writers) {
					parts.push(parts.length === 0 ? await write() : withoutHead(await write()));
					// Requests get their turn in between: a scrape must not hold them up as a whole.
					await setImmediate();
				}
				if (parts.length > 0) written.push(parts.join('\n'));
			}
			return `${written.join('\n\n')}\n`;
		},
	};
}

/** The samples alone: HELP and TYPE stand once over all shards. */
function withoutHead(text: string): string {
	return text.replace(/^(?:#.*\n?){2}/, '');
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
