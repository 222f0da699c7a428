import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {openCrc64} from '../../../src/backup/archive/crc.js';
import {openArchiveInspector} from '../../../src/backup/archive/inspector.js';
import {ArchiveStructureError} from '../../../src/backup/archive/problem.js';
import {makeArchiveScanner} from '../../../src/backup/archive/scanner.js';
import {archiveOf} from './sample.js';

describe('the archive scanner', () => {
	it('finds the same whatever pieces the archive comes in', async () => {
		const archive = await archiveOf({orders: [{_id: 1}, {_id: 2, note: 'x'.repeat(300)}], empty: []});
		const whole = await inspect([archive]);
		expect(whole.problems).toEqual([]);
		await fc.assert(
			fc.asyncProperty(fc.array(fc.integer({min: 0, max: archive.length}), {maxLength: 30}), async (cuts) => {
				const edges = [0, ...cuts.sort((a, b) => a - b), archive.length];
				const pieces = edges.slice(1).map((end, index) => archive.subarray(edges[index] ?? 0, end));
				expect(await inspect(pieces)).toEqual(whole);
			}),
			{numRuns: 60},
		);
	});

	it('takes one byte at a time', async () => {
		const archive = await archiveOf({orders: [{_id: 1, text: 'some text'}]});
		const pieces = Array.from(archive, (_, index) => archive.subarray(index, index + 1));
		expect(await inspect(pieces)).toEqual(await inspect([archive]));
	});

	it('takes a document of sixteen mebibytes', async () => {
		const archive = await archiveOf({orders: [{_id: 1, bytes: Buffer.alloc(16 * 1024 * 1024 - 100)}, {_id: 2}]});
		const {collections, problems} = await inspect(inPieces(archive, 65_536));
		expect(problems).toEqual([]);
		expect(collections[0]).toMatchObject({documents: 2});
	});

	it('finds a cut at every byte', async () => {
		const archive = await archiveOf({orders: [{_id: 1}, {_id: 2}], users: [{_id: 'a'}]});
		for (let length = 0; length < archive.length; length++) {
			expect((await inspect([archive.subarray(0, length)])).problems, `cut at ${length}`).not.toEqual([]);
		}
	});

	it.each([
		['another file', Buffer.from('PK\x03\x04 this is a zip'), /no mongodump archive/],
		['a length below five', Buffer.from([0x6d, 0xe2, 0x99, 0x81, 4, 0, 0, 0]), /impossible document length 4/],
		['a length past 16 MiB', Buffer.from([0x6d, 0xe2, 0x99, 0x81, 1, 0, 0, 1]), /impossible document length/],
		['no header', Buffer.from([0x6d, 0xe2, 0x99, 0x81, 0xff, 0xff, 0xff, 0xff]), /header is missing/],
	])('refuses %s', (_what, bytes, message) => {
		const scanner = makeArchiveScanner({
			prelude: () => undefined,
			collection: () => undefined,
			preludeEnd: () => undefined,
			namespace: () => undefined,
			documents: () => undefined,
		});
		let thrown: unknown;
		try {
			scanner.write(bytes);
		} catch (error) {
			thrown = error;
		}
		expect(thrown).toBeInstanceOf(ArchiveStructureError);
		expect(String(thrown)).toMatch(message);
	});

	it('computes CRC-64/XZ, interleaved sums kept apart', async () => {
		const crc64 = await openCrc64();
		const [first, second, none] = [crc64.start(), crc64.start(), crc64.start()];
		first.update(Buffer.from('1234'));
		second.update(Buffer.from('12345'));
		first.update(Buffer.from('56789'));
		second.update(Buffer.from('6789'));
		expect(first.digest()).toBe(0x995d_c9bb_df19_39fan);
		expect(second.digest()).toBe(0x995d_c9bb_df19_39fan);
		expect(none.digest()).toBe(0n);
	});

	it('finds a changed value by the CRC, and names collection and place', async () => {
		const archive = await archiveOf({orders: [{_id: 1, note: 'abc'}]});
		archive[archive.indexOf('abc')] = 0x62;
		const {problems} = await inspect([archive]);
		expect(problems).toEqual([
			{collection: 'orders', message: 'the CRC of its documents differs', offset: expect.any(Number)},
		]);
	});

	it('refuses data of a collection the header does not list', async () => {
		const archive = await archiveOf({orders: [{_id: 1}]});
		// The first header of the data: it alone has EOF, right behind the name.
		archive.write('ordexs', archive.lastIndexOf('orders', archive.indexOf('EOF')));
		const {problems} = await inspect([archive]);
		expect(problems[0]?.message).toMatch(/"ordexs", which the header does not list/);
	});

	it('sums documents up without regard to their order', async () => {
		const documents = Array.from({length: 50}, (_, _id) => ({_id, text: `document ${_id}`}));
		const [straight, reversed, other] = await Promise.all(
			[documents, documents.toReversed(), documents.slice(1)].map(async (list) => {
				const {collections} = await inspect([await archiveOf({orders: list})]);
				return collections[0]?.contentHash;
			}),
		);
		expect(reversed).toBe(straight);
		expect(other).not.toBe(straight);
	});
});

async function inspect(pieces: readonly Buffer[]) {
	const inspector = await openArchiveInspector();
	for (const piece of pieces) inspector.write(piece);
	return inspector.finish();
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
	return Array.from({length: Math.ceil(bytes.length / size)}, (_, index) =>
		bytes.subarray(index * size, (index + 1) * size),
	);
}
