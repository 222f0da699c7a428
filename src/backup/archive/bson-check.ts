/** MongoDB stores no document nested deeper than 100; readers allow 200. */
const MAX_DEPTH = 200;

/**
 * Walks a BSON document's structure, values unread.
 * @returns what is wrong with it, or undefined
 */
export function findBsonFault(bytes: Buffer, start: number, end: number): string | undefined {
	try {
		checkDocument(bytes, start, end, 0);
		return undefined;
	} catch (error) {
		if (error instanceof BsonFault) return error.message;
		throw error;
	}
}

class BsonFault extends Error {}

/** Checks the document that must fill `start` to `end` exactly. */
function checkDocument(bytes: Buffer, start: number, end: number, depth: number): void {
	if (depth > MAX_DEPTH) throw new BsonFault('nested too deeply');
	if (end - start < 5 || bytes.readInt32LE(start) !== end - start) throw new BsonFault('length does not fit');
	if (bytes[end - 1] !== 0) throw new BsonFault('no closing NUL');
	const last = end - 1;
	let at = start + 4;
	while (at < last) {
		const type = bytes[at] ?? 0;
		at = checkValue(bytes, type, cstringEnd(bytes, at + 1, last), last, depth);
		if (at > last) throw new BsonFault('a value passes the end of its document');
	}
}

/** Checks one value and gives the offset behind it; `limit` is the closing NUL of its document. */
function checkValue(bytes: Buffer, type: number, at: number, limit: number, depth: number): number {
	switch (type) {
		case 0x01: // double
		case 0x09: // date
		case 0x11: // timestamp
		case 0x12: // int64
			return at + 8;
		case 0x10: // int32
			return at + 4;
		case 0x07: // ObjectId
			return at + 12;
		case 0x13: // decimal128
			return at + 16;
		case 0x08: // boolean
			if (at < limit && (bytes[at] ?? 2) > 1) throw new BsonFault('a boolean is neither true nor false');
			return at + 1;
		case 0x06: // undefined
		case 0x0a: // null
		case 0x7f: // max key
		case 0xff: // min key
			return at;
		case 0x02: // string
		case 0x0d: // code
		case 0x0e: // symbol
			return stringEnd(bytes, at, limit);
		case 0x03: // document
		case 0x04: // array
			return checkNested(bytes, at, limit, depth);
		case 0x05: // binary: length, subtype, bytes
			return at + 5 + lengthAt(bytes, at, limit, 0);
		case 0x0b: // regular expression: pattern, options
			return cstringEnd(bytes, cstringEnd(bytes, at, limit), limit);
		case 0x0c: // DBPointer
			return stringEnd(bytes, at, limit) + 12;
		case 0x0f: // code with scope: length, string, document
			return checkScopedCode(bytes, at, limit, depth);
		default:
			throw new BsonFault(`unknown type 0x${type.toString(16)}`);
	}
}

function checkNested(bytes: Buffer, at: number, limit: number, depth: number): number {
	const end = at + lengthAt(bytes, at, limit, 5);
	if (end > limit) throw new BsonFault('a nested document passes the end');
	checkDocument(bytes, at, end, depth + 1);
	return end;
}

function checkScopedCode(bytes: Buffer, at: number, limit: number, depth: number): number {
	const end = at + lengthAt(bytes, at, limit, 14);
	if (end > limit) throw new BsonFault('code passes the end');
	checkDocument(bytes, stringEnd(bytes, at + 4, end), end, depth + 1);
	return end;
}

function lengthAt(bytes: Buffer, at: number, limit: number, least: number): number {
	if (at + 4 > limit) throw new BsonFault('cut in the middle of a value');
	const length = bytes.readInt32LE(at);
	if (length < least) throw new BsonFault(`impossible length ${length}`);
	return length;
}

function stringEnd(bytes: Buffer, at: number, limit: number): number {
	const end = at + 4 + lengthAt(bytes, at, limit, 1);
	if (end > limit || bytes[end - 1] !== 0) throw new BsonFault('a string does not end where it says');
	return end;
}

/** Offset behind the NUL that closes the name starting at `at`. A loop beats `indexOf` for names this short. */
function cstringEnd(bytes: Buffer, at: number, limit: number): number {
	let end = at;
	while (end < limit && bytes[end] !== 0) end++;
	if (end >= limit) throw new BsonFault('a name without an end');
	return end + 1;
}
