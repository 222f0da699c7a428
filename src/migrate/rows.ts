import type {Binary, Collection, Db} from 'mongodb';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Phase} from './author.js';

/** In the shop's own database, so that a restore takes it back in time with the data it describes. */
export const MIGRATIONS_COLLECTION = 'sastaops_migrations';

/** Where a backfill stands. */
export type Cursor = {
	/** `_id` of the last document whose batch is committed; undefined before the first. */
	readonly after?: unknown;
	/** Documents changed so far. */
	readonly changed: number;
	readonly isFinished: boolean;
};

/** What the database remembers of one migration. */
export type MigrationRow = {
	readonly _id: string;
	readonly checksum: string;
	readonly state: 'running' | 'applied' | 'failed' | 'reverted' | 'marked';
	/** Which way it is, or was last, being taken. */
	readonly direction: 'up' | 'down';
	readonly phase: Phase;
	/** The lease's token under which it was last written; a run with a smaller one has been overtaken. */
	readonly token: number;
	readonly run: string;
	/** The release that brought it; null when applied by hand. */
	readonly release: string | null;
	readonly startedAt: Date;
	readonly finishedAt: Date | null;
	/** The step under way, or the one that failed; null in a migration without steps. */
	readonly step: string | null;
	readonly doneSteps: readonly string[];
	/** By backfill. */
	readonly cursor: Readonly<Record<string, Cursor>>;
	readonly error: string | null;
	/** The server's id of the session whose transactions commit its batches; an abandoned one is ended by whoever goes on. */
	readonly session: Binary | null;
	/** Why it was marked as applied by hand. */
	readonly reason: string | null;
};

export function migrationRows(db: Db): Collection<MigrationRow> {
	return db.collection<MigrationRow>(MIGRATIONS_COLLECTION, {writeConcern: {w: 'majority'}});
}

/**
 * Changes a row that is ours: the token in the filter is the fence against a run that was overtaken and woke again.
 * @throws SastaError LEASE_LOST when the row has another token by now
 */
export async function updateOwnRow(
	rows: Collection<MigrationRow>,
	{_id, token}: Pick<MigrationRow, '_id' | 'token'>,
	set: Partial<Omit<MigrationRow, '_id'>> | Readonly<Record<string, unknown>>,
	options: Parameters<Collection<MigrationRow>['updateOne']>[2] = {},
): Promise<void> {
	const {matchedCount} = await rows.updateOne({_id, token}, {$set: set}, options);
	if (matchedCount !== 1) throw overtaken(_id);
}

export function overtaken(id: string): SastaError {
	return new SastaError('LEASE_LOST', `Another run has taken migration ${id} over; this one stops`, {
		exitCode: EXIT.stopped,
		hint: 'See where things stand: sastaops db migrate status',
	});
}
