import {BSON} from 'mongodb';
import {describe, expect, it} from 'vitest';
import {findBsonFault} from '../../../src/backup/archive/bson-check.js';
import {everyType} from '../shop-data.js';

describe('findBsonFault', () => {
	it('passes a document with every type', () => {
		expect(fault(Buffer.from(BSON.serialize(everyType())))).toBeUndefined();
		expect(fault(Buffer.from(BSON.serialize({code: new BSON.Code('f()', {a: 1})})))).toBeUndefined();
	});

	it('never throws and never passes its end, whatever byte is changed', () => {
		const original = Buffer.from(BSON.serialize(everyType()));
		let found = 0;
		for (let at = 0; at < original.length; at++) {
			for (const value of [0, 1, 0x7f, 0xff]) {
				const bytes = Buffer.from(original);
				bytes[at] = value;
				if (fault(bytes) !== undefined) found++;
			}
		}
		// Values cannot be told from other values; structure can.
		expect(found).toBeGreaterThan(original.length);
	});

	it.each([
		['an unknown type', [8, 0, 0, 0, 0x20, 0x61, 0, 0], /unknown type 0x20/],
		['a string past the end', [14, 0, 0, 0, 2, 0x61, 0, 9, 0, 0, 0, 0x62, 0, 0], /string/],
		['a boolean of two', [9, 0, 0, 0, 8, 0x61, 0, 2, 0], /boolean/],
		['a length that lies', [9, 0, 0, 0, 0x0a, 0x61, 0, 0], /length/],
		['a name without an end', [7, 0, 0, 0, 0x0a, 0x61, 0], /name/],
		['a value past the end', [12, 0, 0, 0, 1, 0x61, 0, 0, 0, 0, 0, 0], /passes the end/],
	])('finds %s', (_what, bytes, message) => {
		expect(fault(Buffer.from(bytes))).toMatch(message);
	});

	it('finds nesting that would exhaust the stack', () => {
		let nested = BSON.serialize({});
		for (let depth = 0; depth < 250; depth++) nested = wrap(nested);
		expect(fault(Buffer.from(nested))).toMatch(/too deeply/);
	});
});

function fault(bytes: Buffer): string | undefined {
	return findBsonFault(bytes, 0, bytes.length);
}

function wrap(inner: Uint8Array): Uint8Array {
	const head = Buffer.from([0, 0, 0, 0, 3, 0x61, 0]);
	const outer = Buffer.concat([head, inner, Buffer.from([0])]);
	outer.writeInt32LE(outer.length);
	return outer;
}
