import {BSON, type Db} from 'mongodb';
import type {Host} from '../kernel/host.js';
import type {MigrationContext} from './author.js';
import {type BackfillPlace, runBackfill} from './backfill.js';
import {type BeforeWrite, guardDb} from './guard.js';

/** What `up`, `down` and the steps of a migration get. */
export function makeContext(
	place: BackfillPlace & {readonly db: Db; readonly beforeWrite: BeforeWrite},
	host: Pick<Host, 'emit' | 'fault'>,
): MigrationContext {
	const db = guardDb(place.db, place.beforeWrite);
	return {
		db,
		collection: (name) => db.collection(name),
		backfill: (backfill) => runBackfill(place, backfill, host),
		bson: BSON,
		signal: place.signal,
		log: (message) => host.emit({type: 'log', level: 'info', message}),
	};
}
