import type {Db} from 'mongodb';
import {canonicalJson} from '../kernel/canonical.js';
import type {Host} from '../kernel/host.js';
import type {CollectionShape} from './collection-facts.js';
import {type ContentSum, openContentSums} from './content-hash.js';
import {type LiveCollection, listLiveCollections, shapeOfLive} from './live-collections.js';
import type {BackupManifest} from './manifest.js';
import {type RawBatch, readRawBatches} from './raw-documents.js';

/** What a collection holds, in a form that is equal for equal content whatever the documents' order. */
export type CollectionContent = CollectionShape & {
	readonly name: string;
	readonly type: string;
	readonly documents: number;
	readonly bytes: number;
	readonly contentHash: string;
};

/** One thing that is not as the manifest says. */
export type Difference = {
	readonly collection: string;
	readonly what: 'missing' | 'unexpected' | 'type' | 'documents' | 'content' | 'indexes' | 'options';
	readonly expected: string;
	readonly found: string;
};

/**
 * Reads a whole database and sums it up, collection by collection; what a rollback works on is no part of it.
 * @param prefix instead, what a rollback has restored under this prefix
 */
export async function databaseContent(db: Db, host: Pick<Host, 'signal'>, prefix = ''): Promise<CollectionContent[]> {
	const makeSum = await openContentSums();
	const contents: CollectionContent[] = [];
	for (const live of await listLiveCollections(db, prefix)) {
		contents.push(await readContent({db, live, prefix}, makeSum(), host.signal));
	}
	return contents;
}

/** Holds a live database against a backup's manifest: nothing may be missing, nothing be there besides. */
export async function compareWithManifest(
	db: Db,
	manifest: BackupManifest,
	host: Pick<Host, 'signal'>,
): Promise<Difference[]> {
	return compareContent(manifest.collections, await databaseContent(db, host));
}

export function compareContent(
	expected: readonly CollectionContent[],
	found: readonly CollectionContent[],
): Difference[] {
	const differences: Difference[] = [];
	for (const collection of expected) {
		const other = found.find(({name}) => name === collection.name);
		if (other !== undefined) differences.push(...compareCollection(collection, other));
		else differences.push({collection: collection.name, what: 'missing', expected: 'a collection', found: 'none'});
	}
	for (const {name} of found) {
		if (expected.some((collection) => collection.name === name)) continue;
		differences.push({collection: name, what: 'unexpected', expected: 'none', found: 'a collection'});
	}
	return differences;
}

function compareCollection(expected: CollectionContent, found: CollectionContent): Difference[] {
	const sides: readonly (readonly [Difference['what'], string, string])[] = [
		['type', expected.type, found.type],
		['documents', String(expected.documents), String(found.documents)],
		['content', expected.contentHash, found.contentHash],
		['indexes', canonicalJson(expected.indexes), canonicalJson(found.indexes)],
		['options', canonicalJson(expected.options), canonicalJson(found.options)],
	];
	return sides
		.filter(([, wanted, is]) => wanted !== is)
		.map(([what, wanted, is]) => ({collection: expected.name, what, expected: wanted, found: is}));
}

async function readContent(
	{db, live, prefix}: {db: Db; live: LiveCollection; prefix: string},
	sum: ContentSum,
	signal: AbortSignal,
): Promise<CollectionContent> {
	let documents = 0;
	let bytes = 0;
	if (live.type !== 'view') {
		// The data of a time series lies in its buckets; read by its own name it comes unpacked.
		const collection = live.type === 'timeseries' ? `system.buckets.${live.name}` : prefix + live.name;
		for await (const batch of readRawBatches(db, collection, {signal})) {
			addBatch(sum, batch);
			documents += batch.documents;
			bytes += batch.bytes.length;
		}
	}
	const {name, type} = live;
	return {...shapeOfLive(live), name, type, documents, bytes, contentHash: sum.digest()};
}

function addBatch(sum: ContentSum, {bytes}: RawBatch): void {
	for (let at = 0; at < bytes.length; ) {
		const end = at + bytes.readInt32LE(at);
		sum.add(bytes.subarray(at, end));
		at = end;
	}
}
