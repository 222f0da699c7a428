import {copyFile, mkdir, open, readdir, readFile, truncate} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {syncDirectory} from '../durable-file.js';
import {errorCode, errorMessage, SastaError} from '../errors.js';
import {EXIT} from '../exit-codes.js';
import {TornWrite} from '../fault.js';
import type {Host} from '../host.js';
import type {Lease} from '../lease.js';
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
	await mkdir(terms.folder, {recursive: true, mode: 0o700});
	const file = journalFile(terms.folder, terms.run);
	const handle = await open(file, 'wx', 0o600);
	await syncDirectory(terms.folder);
	return makeJournal({...terms, handle, file, records: [], lines: []}, host);
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
	await mkdir(terms.folder, {recursive: true, mode: 0o700});
	const file = journalFile(terms.folder, terms.run);
	const local = await readLocal(file);
	if (local && local.tornBytes > 0) {
		await copyFile(file, `${file}.torn`);
		await truncate(file, local.goodBytes);
	}
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
	const handle = await open(file, 'a', 0o600);
	const missingHere = mirrored.slice(localLines.length);
	if (missingHere.length > 0) await handle.appendFile(missingHere.map((line) => `${line}\n`).join(''));
	await handle.sync();
	await syncDirectory(terms.folder);
	for (let seq = mirrored.length; seq < localLines.length; seq++)
		await terms.mirror?.append(terms.run, seq, localLines[seq] ?? '');

	const {records, lines} = readJournal(await readFile(file), basename(file));
	return makeJournal({...terms, handle, file, records, lines}, host);
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
	return readJournal(Buffer.from(mirrored.map((line) => `${line}\n`).join('')), `${run} in the state database`);
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
		throw error;
	}
}

export function journalFile(folder: string, run: string): string {
	return join(folder, `${run}.jsonl`);
}

async function readLocal(file: string): Promise<ReadJournal | undefined> {
	try {
		return readJournal(await readFile(file), basename(file));
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	}
}

type Opened = JournalTerms & {
	readonly handle: Awaited<ReturnType<typeof open>>;
	readonly file: string;
	readonly records: readonly JournalRecord[];
	readonly lines: readonly string[];
};

function makeJournal(
	{handle, file, run, lease, mirror, ...opened}: Opened,
	host: Pick<Host, 'now' | 'fault' | 'redact'>,
): Journal {
	const records = [...opened.records];
	let lastLine = opened.lines.at(-1);

	const write = async (line: string): Promise<void> => {
		try {
			await host.fault('journal.write');
			await handle.appendFile(`${line}\n`);
			await handle.sync();
		} catch (error) {
			if (error instanceof TornWrite) {
				await handle.appendFile(line.slice(0, error.keepBytes));
				error.die();
			}
			if (errorCode(error) === undefined || error instanceof SastaError) throw error;
			throw new SastaError('JOURNAL_UNWRITABLE', `Cannot write the journal ${file}: ${errorMessage(error)}`, {
				exitCode: EXIT.stopped,
				cause: error,
				hint: `Make room or mend ${dirname(file)}, then: sastaops release resume`,
			});
		}
	};

	return {
		run,
		records,
		append: async (type, entry = {}) => {
			await lease.assertHeld();
			const record: JournalRecord = {
				seq: records.length,
				prev: lastLine === undefined ? '' : linkOf(lastLine),
				token: lease.token,
				at: host.now(),
				type,
				...entry,
			};
			const line =
				host.redact(recordLine(record)) === recordLine(record)
					? recordLine(record)
					: recordLine(redacted(record, host));
			await write(line);
			lastLine = line;
			records.push(record);
			await host.fault('journal.mirror');
			await mirror?.append(run, record.seq, line);
		},
		close: () => handle.close(),
	};
}

/** A secret in a record would be a secret on disk: what looks like one is masked, string by string. */
function redacted(record: JournalRecord, host: Pick<Host, 'redact'>): JournalRecord {
	return JSON.parse(JSON.stringify(record), (_key, value: unknown) =>
		typeof value === 'string' ? host.redact(value) : value,
	) as JournalRecord;
}
