import {describe, expect, it} from 'vitest';
import {readJournal} from '../../../src/kernel/journal/record.js';
import {makeLines, textOf} from './sample.js';

const LINES = makeLines(['begin', 'intent', 'note', 'done', 'end']);
const WHOLE = Buffer.from(textOf(LINES));
/** Where each record ends, the line end included. */
const ENDS = LINES.map((_, index) => Buffer.byteLength(textOf(LINES.slice(0, index + 1))));
const LAST_BEGINS = ENDS.at(-2) ?? 0;

const read = (bytes: Uint8Array) => readJournal(bytes, 'a.jsonl');
const DAMAGED = expect.objectContaining({code: 'JOURNAL_DAMAGED', exitCode: 4});

describe('readJournal', () => {
	it('reads what was written', () => {
		const {records, lines, goodBytes, tornBytes} = read(WHOLE);
		expect(records.map(({seq, type}) => [seq, type])).toEqual([
			[0, 'begin'],
			[1, 'intent'],
			[2, 'note'],
			[3, 'done'],
			[4, 'end'],
		]);
		expect(lines).toEqual(LINES);
		expect({goodBytes, tornBytes}).toEqual({goodBytes: WHOLE.length, tornBytes: 0});
	});

	it('cut at any byte, equals what stood there after the last whole record', () => {
		for (let length = 0; length <= WHOLE.length; length++) {
			const whole = ENDS.filter((end) => end <= length).length;
			const {lines, goodBytes, tornBytes} = read(WHOLE.subarray(0, length));
			expect(lines, `cut to ${length} bytes`).toEqual(LINES.slice(0, whole));
			expect(goodBytes + tornBytes).toBe(length);
		}
	});

	it('with any byte changed, is torn in the last record and damaged before it', () => {
		for (let index = 0; index < WHOLE.length; index++) {
			for (const flip of [0x01, 0x20, 0xff]) {
				const bytes = Buffer.from(WHOLE);
				bytes[index] = (bytes[index] ?? 0) ^ flip;
				if (index >= LAST_BEGINS) expect(read(bytes).lines, `byte ${index}`).toEqual(LINES.slice(0, -1));
				else expect(() => read(bytes), `byte ${index} ^ ${flip}`).toThrowError(DAMAGED);
			}
		}
	});

	it('names the first record that is damaged', () => {
		const bytes = Buffer.from(WHOLE);
		bytes[(ENDS[1] ?? 0) + 30] = 0;
		expect(() => read(bytes)).toThrowError('The journal a.jsonl is damaged at record 3: its checksum is wrong');
	});

	it.each([
		['NULs, as a power loss leaves them', '\0'.repeat(512)],
		['NULs with a line end', `${'\0'.repeat(100)}\n${'\0'.repeat(100)}\n`],
		['half a record', (LINES[4] ?? '').slice(0, 20)],
		['words', 'no record\nat all\n'],
	])('takes %s at its end for a torn write', (_what, tail) => {
		const {lines, tornBytes} = read(Buffer.concat([WHOLE, Buffer.from(tail)]));
		expect(lines).toEqual(LINES);
		expect(tornBytes).toBe(Buffer.byteLength(tail));
	});

	it.each([
		['a record written twice', [...LINES, LINES[4] ?? '']],
		['a record left out', LINES.toSpliced(2, 1)],
		['two records that changed places', [...LINES.slice(0, 2), LINES[3] ?? '', LINES[2] ?? '', LINES[4] ?? '']],
		['records of another run', [...LINES.slice(0, 3), ...makeLines(['begin', 'intent', 'note', 'done'], 'b').slice(3)]],
		['no beginning', LINES.slice(1)],
	])('refuses %s', (_what, lines) => {
		expect(() => read(Buffer.from(textOf(lines)))).toThrowError(DAMAGED);
	});
});
