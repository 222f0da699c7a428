import {DEFAULT_OBJECTIVES, type DefaultObjectiveName} from '../../slo/default-objectives.js';
import type {Objective, Tally} from '../../slo/objective.js';
import {bucketsOf, type Counts, count, type Timed} from './counts.js';

export type ShopObjective = Objective & {
	/** What of a window's counts was good, of what counts. */
	tally(counts: Counts): Tally;
	/** The same by the alarm's threshold; undefined without an alarm. */
	alarmTally?(counts: Counts): Tally;
};

/** An objective's events, by its threshold or another: of a ratio there is but one way to count. */
type TallyBy = (counts: Counts, thresholdMs: number) => Tally;

/**
 * How the roll-ups tell the events of each objective. Requests are those to /api except health, metrics and dashboard;
 * an address that no route has counts for nothing.
 */
const TALLIES: Readonly<Record<DefaultObjectiveName, TallyBy>> = {
	api_availability: (counts) => tallyOf(count(counts, 'requests'), count(counts, 'errors')),
	checkout_success(counts) {
		const failed = count(counts, 'checkout_failed');
		return tallyOf(count(counts, 'checkout_placed', 'checkout_replayed') + failed, failed);
	},
	payment_success(counts) {
		const failed = count(counts, 'payment_quarantined', 'payment_call_failed');
		return tallyOf(count(counts, 'payment_captured', 'payment_failed') + failed, failed);
	},
	checkout_latency: within('checkout'),
	payment_latency: within('payment'),
	api_latency: within('request'),
};

/** What the reference shop promises. */
export const SHOP_OBJECTIVES: readonly ShopObjective[] = DEFAULT_OBJECTIVES.map(({indicator, ...objective}) => {
	const {thresholdMs = Number.NaN, alarm}: Objective = objective;
	const tallyBy = TALLIES[objective.name];
	return {
		...objective,
		tally: (counts) => tallyBy(counts, thresholdMs),
		...(alarm === undefined ? {} : {alarmTally: (counts) => tallyBy(counts, alarm.thresholdMs ?? thresholdMs)}),
	};
});

/** Every threshold is an edge (objectives.test.ts): a share is counted, not estimated. */
function within(what: Timed): TallyBy {
	return (counts, thresholdMs) => {
		let good = 0;
		let total = 0;
		for (const {upperMs, count: inBucket} of bucketsOf(counts, what)) {
			total += inBucket;
			if (upperMs !== null && upperMs <= thresholdMs) good += inBucket;
		}
		return {good, total};
	};
}

function tallyOf(total: number, bad: number): Tally {
	return {good: total - bad, total};
}
