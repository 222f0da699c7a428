import type {Collection, Db, Document} from 'mongodb';
import {errorCode} from '../kernel/errors.js';
import type {StoredRecord} from './record.js';
import type {AlertStore} from './store.js';

type StoredDocument = Document & {_id: string; version: number};

const TIMEOUT_MS = 3000;
const DUPLICATE_KEY = 11_000;

export type MongoStorePlace = {
	readonly collection: string;
	/** Begins every `_id`: others may keep documents in the same collection. */
	readonly prefix: string;
};

/** One document for each record; every change is one compare-and-set. */
export function openMongoAlertStore(db: Db, {collection, prefix}: MongoStorePlace): AlertStore {
	const documents: Collection<StoredDocument> = db.collection(collection, {writeConcern: {w: 'majority'}});
	return {
		title: `the database ${db.databaseName}`,
		async read() {
			const found = await documents
				.find({_id: {$gte: prefix, $lt: `${prefix}\uffff`}}, {maxTimeMS: TIMEOUT_MS})
				.toArray();
			return found.map(({_id, ...record}) => record as unknown as StoredRecord);
		},
		async write(next) {
			const written = {...next, version: next.version + 1};
			const _id = prefix + next.key;
			if (next.version > 0) {
				const {matchedCount} = await documents.replaceOne({_id, version: next.version}, written as Document);
				return matchedCount === 1 ? written : undefined;
			}
			try {
				await documents.insertOne({_id, ...written} as StoredDocument);
				return written;
			} catch (error) {
				if (errorCode(error) === DUPLICATE_KEY) return undefined;
				throw error;
			}
		},
		async remove({key, version}) {
			await documents.deleteOne({_id: prefix + key, version});
		},
	};
}
