import {errorMessage} from '../kernel/errors.js';
import {isFiring} from './condition.js';
import type {AlertRecord, Silence} from './record.js';
import {silenceIn} from './record.js';
import type {AlertStore} from './store.js';

/** A store, and who fills it: `the shop`, `sastaops`. */
export type NamedStore = {readonly by: string; readonly store: AlertStore};

export type KnownAlert = {readonly by: string; readonly store: AlertStore; readonly record: AlertRecord};

export type AlertList = {
	readonly firing: readonly KnownAlert[];
	/** Not long enough to be told. */
	readonly pending: readonly KnownAlert[];
	/** In the last day. */
	readonly ended: readonly KnownAlert[];
	readonly silences: readonly {readonly by: string; readonly silence: Silence}[];
	/** Stores that did not answer: what they know is not in the list. */
	readonly unread: readonly string[];
};

export async function listAlerts(stores: readonly NamedStore[], nowMs: number): Promise<AlertList> {
	const unread: string[] = [];
	const read = await Promise.all(
		stores.map(async ({by, store}) => {
			try {
				return [{by, store, records: await store.read()}];
			} catch (error) {
				unread.push(`${by} (${store.title}): ${errorMessage(error)}`);
				return [];
			}
		}),
	);
	const known = read
		.flat()
		.flatMap(({by, store, records}) =>
			records.flatMap((record): KnownAlert[] => (record.kind === 'alert' ? [{by, store, record}] : [])),
		)
		.sort((a, b) => (a.record.firedAtMs ?? 0) - (b.record.firedAtMs ?? 0));
	return {
		firing: known.filter(({record}) => isFiring(record.condition)),
		pending: known.filter(({record}) => record.condition.phase === 'pending'),
		ended: known.filter(({record}) => record.condition.phase === 'quiet' && record.endedAtMs !== null),
		silences: read.flat().flatMap(({by, records}) => {
			const silence = silenceIn(records);
			return silence !== undefined && silence.untilMs > nowMs ? [{by, silence}] : [];
		}),
		unread,
	};
}
