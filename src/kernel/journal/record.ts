import {createHash} from 'node:crypto';
import {crc32} from 'node:zlib';
import {SastaError} from '../errors.js';
import {EXIT} from '../exit-codes.js';

/**
 * What a record says:
 * `begin` a run and its frozen plan · `intent` a step is about to act · `done` it has · `failed` it has not ·
 * `note` a fact learned inside a step · `undo` a step is about to be undone · `undone` it is · `end` the run is over.
 */
export type RecordType = 'begin' | 'intent' | 'done' | 'failed' | 'note' | 'undo' | 'undone' | 'end';

export type JournalRecord = {
	/** From 0, without gaps. */
	readonly seq: number;
	/** The first 16 hex digits of the SHA-256 of the line before; empty in the first. */
	readonly prev: string;
	/** The fencing token of the lease it was written under. */
	readonly token: number;
	/** Milliseconds since the epoch on the writer's clock; for people only. */
	readonly at: number;
	readonly type: RecordType;
	readonly step?: string;
	readonly data?: Readonly<Record<string, unknown>>;
};

export type ReadJournal = {
	readonly records: readonly JournalRecord[];
	/** The whole lines, without their line ends. */
	readonly lines: readonly string[];
	/** Bytes of whole records; what follows is a torn tail. */
	readonly goodBytes: number;
	/** What stands behind the last whole record: the write that a crash cut. */
	readonly tornBytes: number;
};

const CHECKSUM = /,"crc":"([0-9a-f]{8})"\}$/;

/** One record as a line without its end: JSON whose last member is the CRC-32 of what stands before it. */
export function recordLine(record: JournalRecord): string {
	const body = JSON.stringify(record).slice(0, -1);
	return `${body},"crc":"${checksum(body)}"}`;
}

/** What the next record's `prev` must be. */
export function linkOf(line: string): string {
	return createHash('sha256').update(line).digest('hex').slice(0, 16);
}

/**
 * Reads a journal. A damaged or cut end is a torn write and is told apart from damage in the middle, which is refused.
 * @throws SastaError JOURNAL_DAMAGED, naming the record
 */
export function readJournal(bytes: Uint8Array, name: string): ReadJournal {
	const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const records: JournalRecord[] = [];
	const lines: string[] = [];
	let goodBytes = 0;
	while (goodBytes < text.length) {
		const end = text.indexOf(0x0a, goodBytes);
		const line = text.toString('utf8', goodBytes, end === -1 ? text.length : end);
		const record = end === -1 ? undefined : parseLine(line);
		if (record === undefined) {
			if (hasRecordWithin(text.toString('utf8', goodBytes)))
				throw damaged(name, records.length, 'its checksum is wrong');
			break;
		}
		if (record.seq !== records.length || record.prev !== (lines.length === 0 ? '' : linkOf(lines.at(-1) ?? ''))) {
			throw damaged(name, records.length, 'it does not follow the record before it');
		}
		records.push(record);
		lines.push(line);
		goodBytes = end + 1;
	}
	return {records, lines, goodBytes, tornBytes: text.length - goodBytes};
}

function parseLine(line: string): JournalRecord | undefined {
	const match = CHECKSUM.exec(line);
	if (!match || checksum(line.slice(0, match.index)) !== match[1]) return undefined;
	const {crc: _crc, ...record} = JSON.parse(line) as JournalRecord & {crc: string};
	return record;
}

/**
 * Whether a whole record stands anywhere in what cannot be read: then it is no torn write. Records are looked for by their
 * beginning, not by line, for the damage may be a line end.
 */
function hasRecordWithin(unreadable: string): boolean {
	return unreadable
		.split(/(?=\{"seq":)/)
		.slice(1)
		.some((piece) => piece.includes('\n') && parseLine(piece.slice(0, piece.indexOf('\n'))) !== undefined);
}

function checksum(text: string): string {
	return crc32(text).toString(16).padStart(8, '0');
}

function damaged(name: string, record: number, why: string): SastaError {
	return new SastaError('JOURNAL_DAMAGED', `The journal ${name} is damaged at record ${record + 1}: ${why}`, {
		exitCode: EXIT.refused,
		hint: 'Move the file aside; where the state database holds a copy, "sastaops release status" then reads that one',
	});
}
