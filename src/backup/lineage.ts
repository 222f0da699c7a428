import {randomUUID} from 'node:crypto';
import type {Db} from 'mongodb';
import {errorCode, SastaError} from '../kernel/errors.js';
import type {BackupManifest} from './manifest.js';

const DUPLICATE_KEY = 11000;

type LineageDocument = {_id: string; lineage: string};

/** The lineage of a database: a UUID given once, which its backups carry. Finds it or gives it. */
export async function ensureLineage(stateDb: Db, databaseName: string): Promise<string> {
	const given = await readLineage(stateDb, databaseName);
	if (given !== undefined) return given;
	try {
		await stateDb.collection<LineageDocument>('lineages').insertOne({_id: databaseName, lineage: randomUUID()});
	} catch (error) {
		// Somebody else was first: theirs counts.
		if (errorCode(error) !== DUPLICATE_KEY) throw error;
	}
	const lineage = await readLineage(stateDb, databaseName);
	if (lineage === undefined) throw new Error(`no lineage for ${databaseName}`);
	return lineage;
}

/** The lineage if one was given; changes nothing. */
export async function readLineage(stateDb: Db, databaseName: string): Promise<string | undefined> {
	return (await stateDb.collection<LineageDocument>('lineages').findOne({_id: databaseName}))?.lineage;
}

/**
 * Refuses a backup of another database.
 * @param fromOther the name of that database, when its backup is wanted all the same
 * @throws SastaError BACKUP_FOREIGN
 */
export function assertLineage(
	{id, database}: BackupManifest,
	here: {readonly name: string; readonly lineage: string | undefined},
	fromOther: string | undefined,
): void {
	if (fromOther === undefined ? database.lineage === here.lineage : database.name === fromOther) return;
	throw new SastaError('BACKUP_FOREIGN', `Backup ${id} is of another database than ${here.name}`, {
		details: [
			`it was taken of "${database.name}", lineage ${database.lineage}`,
			`"${here.name}" has ${here.lineage === undefined ? 'no lineage: it was never backed up' : `lineage ${here.lineage}`}`,
		],
		hint: `If that is what you want: --from-other-database ${database.name}`,
	});
}
