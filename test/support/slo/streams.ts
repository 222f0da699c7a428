/** Events of one minute. */
export type Minute = {readonly good: number; readonly bad: number};

export type Stream = {
	readonly name: string;
	readonly what: string;
	/** Events that happen from minute `at` to the next. */
	eventsOf(at: number): Minute;
	/** Minutes at which the counters begin anew at 0. */
	readonly resetsAt?: (at: number) => boolean;
	/** Which process counts: another one has series of its own, which begin with its first scrape. */
	readonly instanceOf?: (at: number) => string;
	/** A series is there from the start, at 0, unless it comes with its first event. */
	readonly isLate?: boolean;
};

export const DAY = 1440;
export const TARGET = 0.995;
/** All streams are so long. */
export const LENGTH = 4 * DAY;

const DAY_3_NOON = 3.5 * DAY;

function within(at: number, from: number, minutes: number): boolean {
	return at >= from && at < from + minutes;
}

/** 100 a minute, of which so many in a thousand are bad, spread evenly. */
function busy(at: number, badPerMille: number): Minute {
	const badUntil = (minute: number) => Math.floor((minute * badPerMille) / 10);
	const bad = badUntil(at + 1) - badUntil(at);
	return {good: 100 - bad, bad};
}

/** One every six minutes. */
function quiet(at: number, isBad: boolean): Minute {
	if (at % 6 !== 3) return {good: 0, bad: 0};
	return isBad ? {good: 0, bad: 1} : {good: 1, bad: 0};
}

function outage(at: number): Minute {
	return within(at, DAY_3_NOON, 20) ? {good: 0, bad: 100} : busy(at, 2);
}

function firstOutage(at: number): Minute {
	return within(at, DAY_3_NOON, 20) ? {good: 0, bad: 100} : {good: 100, bad: 0};
}

const leaking = (at: number) => busy(at, at >= 1.5 * DAY ? 18 : 2);

/** Minutes at which a quiet shop's request fails. */
const failsAt =
	(...minutes: readonly number[]) =>
	(at: number) =>
		quiet(at, minutes.includes(at - DAY_3_NOON));

/** Of these nothing is hidden from Prometheus that would matter. */
export const PLENTY: readonly Stream[] = [
	{name: 'steady', what: 'exactly at the target', eventsOf: (at) => busy(at, 5)},
	{name: 'slow_burn', what: '3.6 times too fast from the second day', eventsOf: leaking},
	{
		name: 'fast_burn',
		what: '40 times too fast for half an hour',
		eventsOf: (at) => busy(at, within(at, DAY_3_NOON, 30) ? 200 : 2),
	},
	{name: 'outage', what: 'all fails for 20 minutes', eventsOf: outage},
	{
		name: 'resets',
		what: 'the slow burn; counters begin anew every six hours',
		eventsOf: leaking,
		resetsAt: (at) => at % 360 === 0,
	},
	{
		name: 'restarts',
		what: 'the slow burn; another process every four hours',
		eventsOf: leaking,
		instanceOf: (at) => String(Math.floor(at / 240)),
	},
	{name: 'first_outage', what: 'the outage is the first that ever fails', eventsOf: firstOutage, isLate: true},
	{name: 'quiet_one', what: 'ten requests an hour, one fails', eventsOf: failsAt(9)},
	{name: 'quiet_three', what: 'ten requests an hour, three fail within half an hour', eventsOf: failsAt(3, 9, 15)},
];

/** Of these Prometheus cannot know what an exact count knows, or does not wait for it. */
export const SCARCE: readonly Stream[] = [
	{
		name: 'quiet_first',
		what: 'ten requests an hour, the first three that ever fail do within half an hour',
		eventsOf: failsAt(3, 9, 15),
		isLate: true,
	},
	{
		name: 'young',
		what: 'all fails for 20 minutes, a quarter of an hour after counting began',
		eventsOf: (at) => (within(at, 15, 20) ? {good: 0, bad: 100} : busy(at, 2)),
	},
];

const SCRAPE_SECONDS = 30;

/** What Prometheus would have scraped of all streams, as OpenMetrics with times. */
export function openMetricsOf(streams: readonly Stream[], startSeconds: number): string {
	const lines = ['# TYPE events counter'];
	for (const stream of streams)
		for (const outcome of ['good', 'bad'] as const) lines.push(...linesOf(stream, outcome, startSeconds));
	return `${lines.join('\n')}\n# EOF\n`;
}

function linesOf(stream: Stream, outcome: 'good' | 'bad', startSeconds: number): string[] {
	const lines: string[] = [];
	let count = 0;
	let instance = stream.instanceOf?.(0) ?? '0';
	let isThere = stream.isLate !== true;
	for (let at = 0; at < LENGTH; at++) {
		const now = stream.instanceOf?.(at) ?? '0';
		if (now !== instance || stream.resetsAt?.(at)) count = 0;
		instance = now;
		const events = stream.eventsOf(at)[outcome];
		// Half of them by the middle of the minute.
		for (const [second, part] of [
			[SCRAPE_SECONDS, Math.floor(events / 2)],
			[60, events - Math.floor(events / 2)],
		] as const) {
			count += part;
			isThere ||= count > 0;
			if (isThere)
				lines.push(
					`events_total{stream="${stream.name}",outcome="${outcome}",instance="${instance}"} ${count} ${startSeconds + at * 60 + second}`,
				);
		}
	}
	return lines;
}
