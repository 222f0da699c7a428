import {HttpError} from './http-error.js';

type Kinds = readonly ('string' | 'number')[];
type ValuesOf<K extends Kinds> = {[Index in keyof K]: K[Index] extends 'string' ? string : number};

/** Where the next page begins, as one opaque word of an address. */
export function writeCursor(values: readonly (string | number)[]): string {
	return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/**
 * The values of a cursor that `writeCursor` made, each of the kind told, so that they may go into a filter.
 * @throws HttpError 400 BAD_CURSOR
 */
export function readCursor<const K extends Kinds>(text: string, kinds: K): ValuesOf<K> {
	const values = parse(text);
	const isRight =
		Array.isArray(values) &&
		values.length === kinds.length &&
		kinds.every((kind, index) => typeof values[index] === kind && isWhole(values[index]));
	if (!isRight) throw new HttpError(400, 'BAD_CURSOR', 'The cursor is not one that this list gave');
	return values as ValuesOf<K>;
}

/** What a cursor may be, for a schema. */
export const CURSOR_LIMITS = {minLength: 1, maxLength: 400, pattern: '^[A-Za-z0-9_-]+$'};

function parse(text: string): unknown {
	try {
		return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
	} catch {
		return undefined;
	}
}

function isWhole(value: unknown): boolean {
	return typeof value === 'string' || Number.isSafeInteger(value);
}
