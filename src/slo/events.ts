import type {Tally} from './objective.js';

/** Events of one objective in some time. Whole numbers, added over times and instances. */
export type Events = Tally & {
	/** Of those not good: events between two edges of a histogram, of which nobody can tell. */
	readonly unsure: number;
	/** Good by the alarm's line; the same as `good` where there is none of its own. */
	readonly alarmGood: number;
	readonly alarmUnsure: number;
};

export const NO_EVENTS: Events = {total: 0, good: 0, unsure: 0, alarmGood: 0, alarmUnsure: 0};

/** What came from `before` to `now`, of counters that only rise; undefined where one fell. */
export function eventsSince(before: Events, now: Events): Events | undefined {
	const since: Events = {
		total: now.total - before.total,
		good: now.good - before.good,
		unsure: now.unsure - before.unsure,
		alarmGood: now.alarmGood - before.alarmGood,
		alarmUnsure: now.alarmUnsure - before.alarmUnsure,
	};
	return Object.values(since).every((count) => count >= 0) ? since : undefined;
}

/** Events of which all is certain, as a shop's own report tells them. */
export function certainEvents({good, total}: Tally, alarmGood = good): Events {
	return {total, good, unsure: 0, alarmGood, alarmUnsure: 0};
}
