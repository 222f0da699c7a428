import {BSON, type Db, type Document} from 'mongodb';
import {type CollectionShape, shapeOf} from './collection-facts.js';
import {isControlCollection, isServerCollection} from './control.js';

/** A collection as the server lists it, BSON types kept. */
export type LiveCollection = {
	readonly name: string;
	readonly type: string;
	readonly options: Document;
	/** 32 hex digits; undefined for views and where the server gives none. */
	readonly uuid: string | undefined;
	readonly indexes: readonly Document[];
};

/** Numbers stay what they are in BSON: a dump must not turn an int32 into a double. */
const EXACT = {promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true} as const;

/**
 * Everything of the shop's in a database, sorted by name, without what a rollback works on.
 * @param prefix instead, what a rollback has restored under this prefix, by the names it will have
 */
export async function listLiveCollections(db: Db, prefix = ''): Promise<LiveCollection[]> {
	const listed = await db.listCollections({}, EXACT).toArray();
	const collections: LiveCollection[] = [];
	for (const entry of listed as Document[]) {
		const storedName = String(entry['name']);
		if (
			prefix === '' ? isServerCollection(storedName) || isControlCollection(storedName) : !storedName.startsWith(prefix)
		) {
			continue;
		}
		const name = storedName.slice(prefix.length);
		const options: Document = entry['options'] ?? {};
		const type = typeOf(entry, options);
		const indexes = type === 'view' ? [] : await db.collection(storedName).listIndexes(EXACT).toArray();
		collections.push({name, type, options, uuid: uuidOf(entry), indexes: indexes as Document[]});
	}
	return collections.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function shapeOfLive({options, indexes}: LiveCollection): CollectionShape {
	return shapeOf(options, indexes);
}

/** The metadata text mongodump writes for a collection. */
export function metadataText({name, type, options, uuid, indexes}: LiveCollection): string {
	return BSON.EJSON.stringify(
		{
			...(Object.keys(options).length === 0 ? {} : {options}),
			indexes,
			...(uuid === undefined ? {} : {uuid}),
			collectionName: name,
			type,
		},
		{relaxed: false},
	);
}

function typeOf(entry: Document, options: Document): string {
	if ('timeseries' in options) return 'timeseries';
	return typeof entry['type'] === 'string' ? entry['type'] : 'collection';
}

function uuidOf(entry: Document): string | undefined {
	const uuid: unknown = entry['info']?.['uuid'];
	return uuid instanceof BSON.Binary ? Buffer.from(uuid.value()).toString('hex') : undefined;
}
