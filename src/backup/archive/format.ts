/**
 * The archive format of mongodump (`--archive`), version 0.1, as its specification and readers have it:
 *
 *     archive    = MAGIC prelude-header *collection TERMINATOR *( segment | eof )
 *     segment    = namespace-header *document TERMINATOR
 *     eof        = namespace-header TERMINATOR        (with EOF: true, and the CRC of all the namespace's documents)
 *
 * All but MAGIC and TERMINATOR is plain BSON.
 */
export const MAGIC = 0x8199e26d;

/** Stands where a document's length would; no length can be -1. */
export const TERMINATOR = -1;

/** Longest document any reader of the format takes, in bytes. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** An empty BSON document: its length and the closing NUL. */
export const MIN_DOCUMENT_BYTES = 5;

export type PreludeHeader = {
	/** How many namespaces may be open at once; a reader needs as many workers. */
	readonly concurrentCollections: number;
	readonly version: string;
	readonly serverVersion: string;
	readonly toolVersion: string;
};

/** One collection, view or time series, as the prelude lists it. */
export type PreludeCollection = {
	readonly database: string;
	readonly collection: string;
	/** Canonical Extended JSON: `{options, indexes, uuid, collectionName, type}`. */
	readonly metadata: string;
	/** `collection`, `view`, `timeseries`; empty in archives of old tools. */
	readonly type: string;
};

export type NamespaceHeader = {
	readonly database: string;
	readonly collection: string;
	/** True for the block that closes the namespace. */
	readonly isEnd: boolean;
	/** CRC-64/XZ over the documents; 0 unless `isEnd`. */
	readonly crc64: bigint;
};
