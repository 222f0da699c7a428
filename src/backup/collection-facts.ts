import {BSON} from 'mongodb';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};

export type IndexFacts = {
	readonly name: string;
	/** Ordered, as the order of an index's keys has meaning. */
	readonly keys: readonly (readonly [field: string, kind: Json])[];
	/** Everything else the server lists, but for what names the server's own bookkeeping. */
	readonly options: {readonly [key: string]: Json};
};

/** What a collection is, apart from its documents. */
export type CollectionShape = {
	readonly options: {readonly [key: string]: Json};
	/** Sorted by name. */
	readonly indexes: readonly IndexFacts[];
};

/** Left out of comparisons: the namespace changes with a restore, and `background` means nothing since MongoDB 4.2. */
const BOOKKEEPING: readonly string[] = ['name', 'key', 'ns', 'background'];

/** Reads the archive's metadata text, which holds Extended JSON; the empty text means none. @throws SyntaxError */
export function shapeOfMetadata(text: string): CollectionShape {
	const metadata = text === '' ? {} : (BSON.EJSON.parse(text, {relaxed: true}) as Record<string, unknown>);
	return shapeOf(metadata['options'] ?? {}, Array.isArray(metadata['indexes']) ? metadata['indexes'] : []);
}

/** Brings options and indexes, as a server or an archive gives them, into the one form that can be compared. */
export function shapeOf(options: unknown, indexes: readonly unknown[]): CollectionShape {
	return {
		options: toJsonObject(options),
		indexes: indexes.map(indexFacts).sort((a, b) => (a.name < b.name ? -1 : 1)),
	};
}

function indexFacts(index: unknown): IndexFacts {
	const {name, key, ...rest} = toJsonObject(index);
	return {
		name: String(name),
		keys: Object.entries(typeof key === 'object' && key !== null ? (key as {[field: string]: Json}) : {}),
		options: Object.fromEntries(Object.entries(rest).filter(([option]) => !BOOKKEEPING.includes(option))),
	};
}

function toJsonObject(value: unknown): {[key: string]: Json} {
	return JSON.parse(BSON.EJSON.stringify(value, {relaxed: true})) as {[key: string]: Json};
}
