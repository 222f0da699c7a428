import {BSON} from 'mongodb';
import {writeArchive} from '../../../src/backup/archive/writer.js';

/** An archive, uncompressed, of the given collections. */
export async function archiveOf(
	collections: Readonly<Record<string, readonly BSON.Document[]>>,
	database = 'shop',
): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	const archive = writeArchive(
		{concurrentCollections: 1, version: '0.1', serverVersion: '8.0.4', toolVersion: 'test'},
		Object.entries(collections).map(([collection, documents]) => ({
			entry: {database, collection, metadata: '{"options":{},"indexes":[]}', type: 'collection'},
			async *documents() {
				yield* documents.map((document) => BSON.serialize(document));
			},
		})),
	);
	for await (const chunk of archive) chunks.push(chunk);
	return Buffer.concat(chunks);
}
