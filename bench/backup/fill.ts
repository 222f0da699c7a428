import {BSON, MongoClient} from 'mongodb';
import {insertRaw} from '../../src/backup/raw-documents.js';
import {order} from './order.mjs';

/** Fills a collection with orders; gives their bytes. */
export async function fillOrders(uri: string, database: string, wantedBytes: number): Promise<number> {
	const client = await MongoClient.connect(uri);
	try {
		let bytes = 0;
		for (let number = 0; bytes < wantedBytes; ) {
			const documents = Array.from({length: 5000}, () => BSON.serialize(order(number++)));
			const batch = Buffer.concat(documents);
			await insertRaw(client.db(database), 'orders', {bytes: batch, documents: documents.length});
			bytes += batch.length;
		}
		return bytes;
	} finally {
		await client.close();
	}
}
