import {BSON, MongoClient} from 'mongodb';
import {insertRaw} from '../../src/backup/raw-documents.js';

/** Fills two collections with orders of about 600 bytes, half of it text that compresses as text does; gives the bytes. */
export async function fillOrders(uri: string, database: string, wantedBytes: number): Promise<number> {
	const client = await MongoClient.connect(uri);
	try {
		let bytes = 0;
		for (let number = 0; bytes < wantedBytes; ) {
			const documents = Array.from({length: 5000}, () => BSON.serialize(order(number++)));
			const batch = Buffer.concat(documents);
			const collection = number % 20_000 < 15_000 ? 'orders' : 'archive';
			await insertRaw(client.db(database), collection, {bytes: batch, documents: documents.length});
			bytes += batch.length;
		}
		return bytes;
	} finally {
		await client.close();
	}
}

const WORDS = [
	'cotton',
	'kurta',
	'saree',
	'brass',
	'lamp',
	'spice',
	'box',
	'hand',
	'made',
	'silk',
	'blue',
	'large',
	'gift',
];

function order(number: number): BSON.Document {
	const words = Array.from({length: 40}, () => WORDS[Math.floor(Math.random() * WORDS.length)]);
	return {
		_id: new BSON.ObjectId(),
		number,
		userId: new BSON.ObjectId(),
		createdAt: new Date(1_700_000_000_000 + number * 1000),
		paise: Math.floor(Math.random() * 1_000_000),
		status: number % 7 === 0 ? 'refunded' : 'paid',
		paymentId: `pay_${Math.random().toString(36).slice(2, 16)}`,
		lines: [
			{slug: `product-${number % 997}`, quantity: 1 + (number % 3), price: Math.floor(Math.random() * 100_000)},
			{slug: `product-${number % 991}`, quantity: 1, price: Math.floor(Math.random() * 100_000)},
		],
		note: words.join(' '),
	};
}
