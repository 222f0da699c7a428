import type {Collection, Db} from 'mongodb';
import {HOUR_MS, MINUTE_MS} from '../../slo/windows.js';
import type {Counts} from './counts.js';
import type {OwnStep} from './own-counts.js';

/**
 * What one process counted in one minute, or in one hour. Each process writes the whole of its own documents again and
 * again, so a write whose answer was lost is simply done once more and counts nothing twice; readers add the processes up.
 */
export type RollUp = {
	/** `<start, ISO>/<instance>` */
	readonly _id: string;
	/** The start; the collection forgets by it. */
	readonly at: Date;
	/** Random for each start of a process. */
	readonly instance: string;
	readonly version: string;
	readonly counts: Counts;
};

export type StepKind = OwnStep['kind'];

/** Collections and how long they keep. Minutes are for windows below a day and for charts of an hour; hours for all else. */
export const ROLL_UPS = {
	minute: {collection: 'metric_minutes', keepSeconds: 2 * 86_400, stepMs: MINUTE_MS, spanMs: 6 * HOUR_MS},
	hour: {collection: 'metric_hours', keepSeconds: 32 * 86_400, stepMs: HOUR_MS, spanMs: 720 * HOUR_MS},
} as const;

export type RollUpStore = {
	/** Writes the steps as they are now. */
	write(steps: readonly OwnStep[]): Promise<void>;
	/** What the other processes counted, those before a restart included, from then on. */
	readOthers(kind: StepKind, fromMs: number): Promise<RollUp[]>;
};

const TIMEOUT_MS = 2000;

export function openRollUpStore(db: Db, self: {readonly instance: string; readonly version: string}): RollUpStore {
	const collections: Record<StepKind, Collection<RollUp>> = {
		minute: db.collection(ROLL_UPS.minute.collection),
		hour: db.collection(ROLL_UPS.hour.collection),
	};
	return {
		async write(steps) {
			for (const kind of ['minute', 'hour'] as const) {
				const writes = steps
					.filter((step) => step.kind === kind)
					.map(({atMs, counts}) => {
						const at = new Date(atMs);
						const _id = `${at.toISOString()}/${self.instance}`;
						return {replaceOne: {filter: {_id}, replacement: {at, ...self, counts}, upsert: true}};
					});
				if (writes.length > 0) await collections[kind].bulkWrite(writes, {ordered: false});
			}
		},
		readOthers: (kind, fromMs) =>
			collections[kind]
				.find({at: {$gte: new Date(fromMs)}, instance: {$ne: self.instance}}, {maxTimeMS: TIMEOUT_MS})
				.toArray(),
	};
}
