import {type Crc64, openCrc64} from './crc.js';
import {MAGIC, type PreludeCollection, type PreludeHeader} from './format.js';
import {writeNamespaceHeader, writePreludeCollection, writePreludeHeader} from './headers.js';

/** A collection to write: how the prelude lists it, and its raw documents in pieces. */
export type CollectionSource = {
	readonly entry: PreludeCollection;
	/** Whole documents, back to back, in each piece. */
	documents(): AsyncIterable<Uint8Array>;
};

const TERMINATOR_BYTES = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** Writes an archive, uncompressed, one collection after the other: any reader of the format takes it. */
export async function* writeArchive(
	prelude: PreludeHeader,
	sources: readonly CollectionSource[],
): AsyncGenerator<Uint8Array> {
	const magic = Buffer.alloc(4);
	magic.writeUInt32LE(MAGIC);
	yield Buffer.concat([
		magic,
		writePreludeHeader(prelude),
		...sources.map(({entry}) => writePreludeCollection(entry)),
		TERMINATOR_BYTES,
	]);
	const crc64 = await openCrc64();
	for (const source of sources) yield* writeCollection(source, crc64.start());
}

async function* writeCollection({entry, documents}: CollectionSource, crc: Crc64): AsyncGenerator<Uint8Array> {
	const {database, collection} = entry;
	const header = writeNamespaceHeader({database, collection, isEnd: false, crc64: 0n});
	yield header;
	for await (const piece of documents()) {
		crc.update(piece);
		yield piece;
	}
	yield TERMINATOR_BYTES;
	yield writeNamespaceHeader({database, collection, isEnd: true, crc64: crc.digest()});
	yield TERMINATOR_BYTES;
}
