import {copyFile, mkdir, open, readdir, readFile, truncate} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {syncDirectory} from '../durable-file.js';
import {asOutsideError, errorCode, errorMessage, isSastaError, SastaError} from '../errors.js';
import {EXIT, type ExitCode} from '../exit-codes.js';
import {TornWrite} from '../fault.js';
import type {Host} from '../host.js';
import type {Lease} from '../lease.js';
import {redacted} from '../redact.js';
import type {Mirror} from './mirror.js';
import {type JournalRecord, linkOf, type ReadJournal, type RecordType, readJournal, recordLine} from './record.js';

export type Entry = Pick<JournalRecord, 'step' | 'data'>;

export type Journal = {
	readonly run: string;
	/** All records so far, the newest last. */
	readonly records: readonly JournalRecord[];
	/**
	 * Writes one record: lease checked, one write, fsync, then the mirror.
	 * @throws SastaError LEASE_LOST, JOURNAL_UNWRITABLE
	 */
	append(type: RecordType, entry?: Entry): Promise<void>;
	/** Asks once more before an effect. @throws SastaError LEASE_LOST */
	assertHeld(): Promise<void>;
	close(): Promise<void>;
};

export type JournalTerms = {
	/** Folder of the runs: `.sastaops/runs`. */
	readonly folder: string;
	readonly run: string;
	readonly lease: Lease;
	readonly mirror: Mirror | undefined;
};

/** Starts the journal of a new run; the file must not exist. */
export async function createJournal(
	terms: JournalTerms,
	host: Pick<Host, 'now' | 'fault' | 'redact'>,
): Promise<Journal> {
	const file = journalFile(terms.folder, terms.run);
	const handle = await onDisk(
		file,
		async () => {
			await mkdir(terms.folder, {recursive: true, mode: 0o700});
			const created = await open(file, 'wx', 0o600);
			await syncDirectory(terms.folder);
			return created;
		},
		{exitCode: EXIT.refused, next: 'run it again'},
	);
	return makeJournal({...terms, handle, file, records: [], lines: [], mirrored: 0}, host);
}

/**
 * Opens the journal of an earlier run to go on with it: a torn tail is copied aside and cut off, and what one of file
 * and mirror lacks is taken from the other.
 * @throws SastaError JOURNAL_DAMAGED, JOURNAL_DIVERGED
 */
export async function reopenJournal(
	terms: JournalTerms,
	host: Pick<Host, 'now' | 'fault' | 'redact'>,
): Promise<Journal> {
	const file = journalFile(terms.folder, terms.run);
	const local = await readLocal(file);
	const mirrored = (await terms.mirror?.read(terms.run)) ?? [];
	const localLines = local?.lines ?? [];
	const shared = Math.min(localLines.length, mirrored.length);
	if (localLines.slice(0, shared).some((line, index) => line !== mirrored[index])) {
		throw new SastaError(
			'JOURNAL_DIVERGED',
			`The journal of ${terms.run} here and its copy in the state database tell two stories`,
			{
				exitCode: EXIT.refused,
				details: [`here: ${file}`],
				hint: 'Another machine went on with this run: move the file here aside, then run it again',
			},
		);
	}
	const missingHere = mirrored.slice(localLines.length);
	// Read as one before anything is written: a damaged copy must not spoil a sound file.
	const {records, lines} = readJournal(
		Buffer.from(asText([...localLines, ...missingHere])),
		missingHere.length > 0 ? `${terms.run} in the state database` : basename(file),
	);
	const handle = await onDisk(file, async () => {
		await mkdir(terms.folder, {recursive: true, mode: 0o700});
		if (local && local.tornBytes > 0) await cutTornTail(file, local.goodBytes);
		const opened = await open(file, 'a', 0o600);
		if (missingHere.length > 0) await opened.appendFile(asText(missingHere));
		await opened.sync();
		await syncDirectory(terms.folder);
		return opened;
	});
	const journal = makeJournal({...terms, handle, file, records, lines, mirrored: mirrored.length}, host);
	await journal.catchUp();
	return journal;
}

/** Reads a journal without touching it, from its file or else from the mirror; undefined when neither has it. */
export async function peekJournal(
	folder: string,
	run: string,
	mirror: Mirror | undefined,
): Promise<ReadJournal | undefined> {
	const local = await readLocal(journalFile(folder, run));
	const mirrored = (await mirror?.read(run)) ?? [];
	if (local && local.lines.length >= mirrored.length) return local;
	if (mirrored.length === 0) return undefined;
	return readJournal(Buffer.from(asText(mirrored)), `${run} in the state database`);
}

/** The runs that have a journal file here, oldest first (their names begin with their time). */
export async function listLocalRuns(folder: string): Promise<string[]> {
	try {
		const names = await readdir(folder);
		return names
			.filter((name) => name.endsWith('.jsonl'))
			.map((name) => name.slice(0, -'.jsonl'.length))
			.sort();
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return [];
		throw unreadable(folder, error);
	}
}

export function journalFile(folder: string, run: string): string {
	return join(folder, `${run}.jsonl`);
}

function asText(lines: readonly string[]): string {
	return lines.map((line) => `${line}\n`).join('');
}

/** What a crash cut is kept beside the journal, for whoever wants to look. */
async function cutTornTail(file: string, goodBytes: number): Promise<void> {
	await copyFile(file, `${file}.torn`);
	await truncate(file, goodBytes);
}

/** @throws SastaError JOURNAL_UNWRITABLE for what the file system refuses */
async function onDisk<T>(
	file: string,
	work: () => Promise<T>,
	{exitCode, next}: {exitCode: ExitCode; next: string} = {exitCode: EXIT.stopped, next: 'sastaops release resume'},
): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (errorCode(error) === undefined || error instanceof SastaError) throw error;
		throw new SastaError('JOURNAL_UNWRITABLE', `Cannot write the journal ${file}: ${errorMessage(error)}`, {
			exitCode,
			cause: error,
			hint: `Make room or mend ${dirname(file)}, then: ${next}`,
		});
	}
}

async function readLocal(file: string): Promise<ReadJournal | undefined> {
	try {
		return readJournal(await readFile(file), basename(file));
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw unreadable(file, error);
	}
}

/** The record is on the disk, and with it the run is open. */
function leavingOpen(caught: unknown): unknown {
	const error = asOutsideError(caught);
	if (!isSastaError(error) || error.exitCode !== EXIT.outside) return error;
	const hint = 'When it answers again: sastaops release resume';
	return new SastaError(error.code, error.message, {exitCode: EXIT.stopped, cause: caught, hint});
}

function unreadable(path: string, error: unknown): unknown {
	if (errorCode(error) === undefined || error instanceof SastaError) return error;
	return new SastaError('JOURNAL_UNREADABLE', `Cannot read the journals: ${errorMessage(error)}`, {
		cause: error,
		hint: `Mend ${path}, and run it again`,
	});
}

type Opened = JournalTerms & {
	readonly handle: Awaited<ReturnType<typeof open>>;
	readonly file: string;
	readonly records: readonly JournalRecord[];
	readonly lines: readonly string[];
	/** How many of the lines the mirror has. */
	readonly mirrored: number;
};

function makeJournal(
	{handle, file, run, lease, mirror, ...opened}: Opened,
	host: Pick<Host, 'now' | 'fault' | 'redact'>,
): Journal & {catchUp(): Promise<void>} {
	const records = [...opened.records];
	const lines = [...opened.lines];
	let {mirrored} = opened;

	const write = (line: string): Promise<void> =>
		onDisk(file, async () => {
			try {
				await host.fault('journal.write');
				await handle.appendFile(`${line}\n`);
				await handle.sync();
			} catch (error) {
				if (error instanceof TornWrite) {
					await handle.appendFile(line.slice(0, error.keepBytes));
					error.die();
				}
				throw error;
			}
		});

	/** In order and without a gap: a line that the mirror missed goes before the next. */
	const catchUp = async (): Promise<void> => {
		try {
			for (; mirrored < lines.length; mirrored++) await mirror?.append(run, mirrored, lines[mirrored] ?? '');
		} catch (error) {
			throw leavingOpen(error);
		}
	};

	return {
		run,
		records,
		catchUp,
		assertHeld: lease.assertHeld,
		append: async (type, entry = {}) => {
			await lease.assertHeld();
			// A secret in a record would be a secret on disk.
			const record: JournalRecord = {
				seq: records.length,
				prev: lines.length === 0 ? '' : linkOf(lines.at(-1) ?? ''),
				token: lease.token,
				at: host.now(),
				type,
				...redacted(entry, host.redact),
			};
			const line = recordLine(record);
			await write(line);
			lines.push(line);
			records.push(record);
			await host.fault('journal.mirror');
			await catchUp();
		},
		close: () => handle.close(),
	};
}
