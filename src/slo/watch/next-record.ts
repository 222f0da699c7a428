import type {Told} from '../evidence.js';
import {addHappenings, addSample, type Happening, type WatchRecord} from './record.js';
import type {Trouble} from './troubles.js';

export type Look = {
	readonly atMs: number;
	/** Undefined where nobody answered. */
	readonly told: Told | undefined;
	readonly troubles: readonly Trouble[];
};

/** What is remembered after a look, and what has changed by it. Pure. */
export function nextRecord(
	record: WatchRecord,
	{atMs, told, troubles}: Look,
): {record: WatchRecord; news: Happening[]} {
	const firing = {...record.firing};
	const news: Happening[] = [];
	for (const {alert, seen} of troubles) {
		const since = firing[alert.key];
		if (seen === 'bad' && since === undefined) {
			firing[alert.key] = atMs;
			news.push({atMs, severity: alert.severity, text: `${alert.title}. ${alert.text}`});
		}
		if (seen === 'good' && since !== undefined) {
			delete firing[alert.key];
			news.push({atMs, severity: 'info', text: `over after ${minutesSince(since, atMs)}: ${alert.title}`});
		}
	}
	const counts = (told?.evidence ?? []).map(({objective, eventsOf, problems}) => {
		const events = problems.length > 0 ? undefined : eventsOf(5);
		const pair: [number, number] | null = events === undefined ? null : [events.total - events.good, events.total];
		return [objective.name, pair] as const;
	});
	return {
		news,
		record: {
			...record,
			...addSample(record.samples, record.spacingMs, {atMs, counts: Object.fromEntries(counts)}),
			looks: record.looks + 1,
			silentLooks: record.silentLooks + (told === undefined ? 1 : 0),
			firing,
			hadCritical: record.hadCritical || news.some(({severity}) => severity === 'critical'),
			happenings: addHappenings(record.happenings, news),
		},
	};
}

function minutesSince(sinceMs: number, atMs: number): string {
	const minutes = Math.round((atMs - sinceMs) / 60_000);
	return minutes < 1 ? 'less than a minute' : `${minutes} min`;
}
