import type {Evidence} from '../evidence.js';
import type {MeasuredObjective} from '../objective.js';
import {intervalsOf} from './intervals.js';
import {type Reading, readingKey} from './reading.js';
import {coveredMinutes, sumIntervals} from './sum.js';

export type HistoryTerms = {
	readonly objective: MeasuredObjective;
	/** By instance, each by time. */
	readonly readings: ReadonlyMap<string, readonly Reading[]>;
	/** The moment that is judged; later readings do not count. */
	readonly atMs: number;
	/** What the source itself found wrong. @default none */
	readonly problems?: readonly string[];
};

/** What the readings of all instances tell of one objective together. */
export function makeEvidence({objective, readings, atMs, problems = []}: HistoryTerms): Evidence {
	const key = readingKey(objective);
	const instances = [...readings].map(([instance, list]) => ({
		instance,
		...intervalsOf(
			list.filter((reading) => reading.atMs <= atMs),
			key,
		),
	}));
	const list = instances.flatMap((of) => of.list);
	const inTurn = instances.filter(({isInTurn}) => isInTurn).map(({instance}) => instance);
	const restarts = instances.reduce((sum, of) => sum + of.restarts, 0);
	return {
		objective,
		eventsOf: (minutes) => sumIntervals(list, minutes, atMs),
		intervals: list,
		coveredMinutes: coveredMinutes(list, atMs),
		problems: [
			...problems,
			...inTurn.map((instance) => `${instance} is answered by several processes in turn: list each in slo.metrics`),
		],
		notes:
			restarts === 0
				? []
				: [
						`${restarts === 1 ? 'a restart' : `${restarts} restarts`}: what a process counted after its last reading is lost`,
					],
	};
}
