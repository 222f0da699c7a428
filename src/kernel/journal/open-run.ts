import {listLocalRuns, peekJournal} from './journal.js';
import type {Mirror} from './mirror.js';
import type {JournalRecord, ReadJournal} from './record.js';

/** A run as its journal, here or in the state database, tells it. */
export type KnownRun = {
	readonly run: string;
	readonly journal: ReadJournal;
	readonly isOpen: boolean;
	/** Whether this machine has the journal's file. */
	readonly isHere: boolean;
};

/** All runs known here or in the mirror, oldest first. Names begin with their time. */
export async function listRuns(folder: string, mirror: Mirror | undefined): Promise<KnownRun[]> {
	const here = new Set(await listLocalRuns(folder));
	const there = (await mirror?.list()) ?? [];
	const names = [...new Set([...here, ...there])].sort();
	const runs: KnownRun[] = [];
	for (const run of names) {
		const journal = await peekJournal(folder, run, mirror);
		if (journal) runs.push({run, journal, isOpen: isOpen(journal.records), isHere: here.has(run)});
	}
	return runs;
}

/** The run that has begun and not ended; the lease sees to it that there is one at most. */
export async function findOpenRun(folder: string, mirror: Mirror | undefined): Promise<KnownRun | undefined> {
	return (await listRuns(folder, mirror)).findLast((run) => run.isOpen);
}

/** A journal whose very first record was torn began nothing. */
function isOpen(records: readonly JournalRecord[]): boolean {
	return records.length > 0 && records.at(-1)?.type !== 'end';
}
