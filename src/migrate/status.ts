import type {Db} from 'mongodb';
import type {Phase} from './author.js';
import type {Catalogue, LoadedMigration} from './catalogue.js';
import {type MigrationRow, migrationRows} from './rows.js';

export type MigrationState = 'pending' | MigrationRow['state'];

/** One migration, as the folder and the database together tell it. */
export type MigrationStatus = {
	readonly id: string;
	/** Of the file; the database's id where the file is gone. */
	readonly title: string;
	readonly phase: Phase;
	readonly state: MigrationState;
	/** The database knows it, the folder has no such file. */
	readonly isMissing: boolean;
	/** The file is not the one that was applied. */
	readonly isChanged: boolean;
	/** May be taken up again after a cut without a person deciding. */
	readonly isResumable: boolean;
	readonly row: MigrationRow | undefined;
};

/** Every migration of the folder, and every one the database remembers, by id. Read it only while holding the lease. */
export async function migrationStatus(db: Db, {migrations}: Catalogue): Promise<MigrationStatus[]> {
	const rows = new Map((await migrationRows(db).find().toArray()).map((row) => [row._id, row]));
	const known = migrations.map((loaded) => statusOf(loaded, rows.get(loaded.id)));
	const ids = new Set(migrations.map(({id}) => id));
	const missing = [...rows.values()].filter(({_id}) => !ids.has(_id)).map(missingStatus);
	return [...known, ...missing].sort((a, b) => Number.parseInt(a.id, 10) - Number.parseInt(b.id, 10));
}

/** True when an interrupted run of it can be taken up again: it has named steps, or says that it is idempotent. */
export function isResumable({migration}: Pick<LoadedMigration, 'migration'>): boolean {
	return migration.steps !== undefined || migration.idempotent === true;
}

function statusOf(loaded: LoadedMigration, row: MigrationRow | undefined): MigrationStatus {
	return {
		id: loaded.id,
		title: loaded.migration.title,
		phase: loaded.migration.phase,
		state: row?.state ?? 'pending',
		isMissing: false,
		isChanged: row !== undefined && row.state !== 'reverted' && row.checksum !== loaded.checksum,
		isResumable: isResumable(loaded),
		row,
	};
}

function missingStatus(row: MigrationRow): MigrationStatus {
	return {
		id: row._id,
		title: row._id,
		phase: row.phase,
		state: row.state,
		// A reverted migration whose file was taken away is no problem.
		isMissing: row.state !== 'reverted',
		isChanged: false,
		isResumable: false,
		row,
	};
}
