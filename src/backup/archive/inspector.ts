import type {CollectionShape} from '../collection-facts.js';
import {shapeOfMetadata} from '../collection-facts.js';
import {type ContentSum, openContentSums} from '../content-hash.js';
import {findBsonFault} from './bson-check.js';
import {type Crc64, openCrc64} from './crc.js';
import type {NamespaceHeader, PreludeCollection, PreludeHeader} from './format.js';
import type {ArchiveProblem} from './problem.js';
import {ArchiveStructureError} from './problem.js';
import {type ArchiveHandlers, makeArchiveScanner} from './scanner.js';

export type InspectedCollection = CollectionShape & {
	readonly database: string;
	readonly name: string;
	readonly type: string;
	readonly documents: number;
	readonly bytes: number;
	/** 16 hex digits. */
	readonly crc64: string;
	readonly contentHash: string;
};

/** Everything an archive holds, told without keeping any of it. */
export type ArchiveContents = {
	readonly prelude: PreludeHeader | undefined;
	readonly uncompressedBytes: number;
	/** Sorted by name. */
	readonly collections: readonly InspectedCollection[];
	/** Empty for a whole archive. */
	readonly problems: readonly ArchiveProblem[];
};

export type ArchiveInspector = {
	/** Takes the next piece; once the structure is broken, the rest is ignored. */
	write(chunk: Uint8Array): void;
	finish(): ArchiveContents;
};

/** More are cut off: one broken disk block must not fill the memory. */
const MAX_PROBLEMS = 100;

type OpenCollection = {
	readonly entry: PreludeCollection;
	readonly shape: CollectionShape;
	readonly crc: Crc64;
	readonly content: ContentSum;
	documents: number;
	bytes: number;
	/** Set by the closing block. */
	crc64: bigint | undefined;
};

/** Checks an archive while it streams by: blocks, BSON, CRC and end of each collection; and sums up what is in it. */
export async function openArchiveInspector(): Promise<ArchiveInspector> {
	const [crc64, makeContentSum] = await Promise.all([openCrc64(), openContentSums()]);
	const collections = new Map<string, OpenCollection>();
	const problems: ArchiveProblem[] = [];
	let prelude: PreludeHeader | undefined;
	let current: OpenCollection | undefined;
	let isBroken = false;

	function report(problem: ArchiveProblem): void {
		if (problems.length < MAX_PROBLEMS) problems.push(problem);
	}

	function find(header: NamespaceHeader, offset: number): OpenCollection {
		const found = collections.get(keyOf(header.database, dataOwner(header.collection, collections, header.database)));
		if (found === undefined) {
			throw new ArchiveStructureError(`data of "${header.collection}", which the header does not list`, offset);
		}
		if (found.crc64 !== undefined)
			throw new ArchiveStructureError(`"${header.collection}" goes on after its end`, offset);
		return found;
	}

	const handlers: ArchiveHandlers = {
		prelude: (header) => {
			prelude = header;
		},
		collection(entry, offset) {
			const key = keyOf(entry.database, entry.collection);
			if (collections.has(key)) throw new ArchiveStructureError(`"${entry.collection}" is listed twice`, offset);
			collections.set(key, {
				entry,
				shape: readShape(entry, offset),
				crc: crc64.start(),
				content: makeContentSum(),
				documents: 0,
				bytes: 0,
				crc64: undefined,
			});
		},
		preludeEnd: () => undefined,
		namespace(header, offset) {
			current = find(header, offset);
			if (!header.isEnd) return;
			const computed = current.crc.digest();
			current.crc64 = computed;
			if (computed !== header.crc64) {
				report({message: 'the CRC of its documents differs', offset, collection: header.collection});
			}
		},
		documents(run, offset) {
			if (current === undefined) return;
			current.crc.update(run);
			current.bytes += run.length;
			const bytes = Buffer.from(run.buffer, run.byteOffset, run.byteLength);
			for (let at = 0; at < bytes.length; ) {
				const end = at + bytes.readInt32LE(at);
				const fault = findBsonFault(bytes, at, end);
				if (fault !== undefined) {
					const collection = current.entry.collection;
					report({message: `document ${current.documents + 1}: ${fault}`, offset: offset + at, collection});
				}
				current.content.add(bytes.subarray(at, end));
				current.documents++;
				at = end;
			}
		},
	};
	const scanner = makeArchiveScanner(handlers);

	/** Runs a move of the scanner; a structural error becomes a problem and ends the reading. */
	function guarded(move: () => void): void {
		if (isBroken) return;
		try {
			move();
		} catch (error) {
			if (!(error instanceof ArchiveStructureError)) throw error;
			isBroken = true;
			const collection = current?.entry.collection;
			report({message: error.message, offset: error.offset, ...(collection === undefined ? {} : {collection})});
		}
	}

	return {
		write: (chunk) => guarded(() => scanner.write(chunk)),
		finish() {
			guarded(() => scanner.end());
			for (const {entry, crc64: end} of collections.values()) {
				if (end === undefined) report({message: 'is not closed: the archive is cut', collection: entry.collection});
			}
			return {
				prelude,
				uncompressedBytes: scanner.bytes,
				collections: [...collections.values()].map(summary).sort((a, b) => (a.name < b.name ? -1 : 1)),
				problems,
			};
		},
	};
}

function summary({entry, shape, documents, bytes, crc64, content}: OpenCollection): InspectedCollection {
	return {
		...shape,
		database: entry.database,
		name: entry.collection,
		type: typeOf(shape),
		documents,
		bytes,
		crc64: (crc64 ?? 0n).toString(16).padStart(16, '0'),
		contentHash: content.digest(),
	};
}

/** By the options: old tools write no type, or "collection" for views too. */
function typeOf({options}: CollectionShape): string {
	if ('viewOn' in options) return 'view';
	return 'timeseries' in options ? 'timeseries' : 'collection';
}

function readShape(entry: PreludeCollection, offset: number): CollectionShape {
	try {
		return shapeOfMetadata(entry.metadata);
	} catch {
		throw new ArchiveStructureError(`the metadata of "${entry.collection}" is not JSON`, offset);
	}
}

/** Data of a time series comes under the name of its buckets (from servers before 8.3). */
function dataOwner(name: string, collections: ReadonlyMap<string, OpenCollection>, database: string): string {
	const series = name.replace(/^system\.buckets\./, '');
	const owner = collections.get(keyOf(database, series));
	return owner !== undefined && typeOf(owner.shape) === 'timeseries' ? series : name;
}

function keyOf(database: string, collection: string): string {
	return `${database}.${collection}`;
}
