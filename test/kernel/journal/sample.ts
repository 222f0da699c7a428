import {type JournalRecord, linkOf, type RecordType, recordLine} from '../../../src/kernel/journal/record.js';

/** Whole lines of a journal, chained, one a record: the types given, with text that looks like structure in their data. */
export function makeLines(types: readonly RecordType[], run = 'a'): string[] {
	const lines: string[] = [];
	for (const [seq, type] of types.entries()) {
		const record: JournalRecord = {
			seq,
			prev: seq === 0 ? '' : linkOf(lines.at(-1) ?? ''),
			token: 3,
			at: 1_764_000_000_000 + seq,
			type,
			...(type === 'begin' || type === 'end' ? {} : {step: `step-${seq}`}),
			data: {run, text: `चाय\n{"seq":${seq},"crc":"00000000"}`},
		};
		lines.push(recordLine(record));
	}
	return lines;
}

export function textOf(lines: readonly string[]): string {
	return lines.map((line) => `${line}\n`).join('');
}
