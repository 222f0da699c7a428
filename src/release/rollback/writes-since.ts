import {type Db, type Document, ObjectId} from 'mongodb';
import type {BackupManifest} from '../../backup/manifest.js';
import {CONTROL_COLLECTION} from '../../kernel/control-collection.js';

/** What was written after a backup, as far as documents tell their own time. */
export type WritesSince = {
	/** Milliseconds since the epoch. */
	readonly sinceMs: number;
	/** Collections with documents written since, most first. */
	readonly collections: readonly {readonly name: string; readonly documents: number}[];
	/** The newest of them, orders first: what a person must see before they say yes. */
	readonly orders: readonly LostOrder[];
	/** Sum over all orders written since, in paise; undefined where orders carry no amount we know. */
	readonly totalPaise: number | undefined;
	readonly orderCount: number;
};

export type LostOrder = {
	readonly id: string;
	readonly at: string | undefined;
	readonly totalPaise: number | undefined;
	readonly status: string | undefined;
};

const MOST_ORDERS_LISTED = 20;

/** The fields an order may carry its amount in, in paise. */
const AMOUNT_FIELDS = ['totalPaise', 'amountPaise', 'total', 'amount'];

/**
 * Documents whose `_id`, `createdAt` or `updatedAt` is younger than the backup's beginning. Documents that carry none of
 * these are not seen here; the exact list is exported when the restored data lies beside the live.
 */
export async function readWritesSince(db: Db, manifest: BackupManifest): Promise<WritesSince> {
	const sinceMs = backupStart(manifest);
	const filter = writtenSince(sinceMs);
	const listed = await db.listCollections({type: 'collection'}, {nameOnly: true}).toArray();
	const names = listed
		.map(({name}) => name)
		.filter((name) => !name.startsWith('system.') && !name.startsWith('sastaops_') && name !== CONTROL_COLLECTION);
	const counts = await Promise.all(
		names.map(async (name) => ({name, documents: await db.collection(name).countDocuments(filter)})),
	);
	return {
		sinceMs,
		collections: counts.filter(({documents}) => documents > 0).sort((a, b) => b.documents - a.documents),
		...(await readOrders(db, filter)),
	};
}

/** When the backup began, by the server's clock where it is known: nothing written later is surely in it. */
function backupStart({optime, createdAt}: BackupManifest): number {
	const seconds = optime.start === null ? Number.NaN : Number(optime.start.split(':')[0]);
	return Number.isFinite(seconds) ? seconds * 1000 : Date.parse(createdAt);
}

function writtenSince(sinceMs: number): Document {
	const since = new Date(sinceMs);
	return {
		$or: [
			{_id: {$gte: ObjectId.createFromTime(Math.floor(sinceMs / 1000))}},
			{createdAt: {$gte: since}},
			{updatedAt: {$gte: since}},
		],
	};
}

async function readOrders(
	db: Db,
	filter: Document,
): Promise<Pick<WritesSince, 'orders' | 'totalPaise' | 'orderCount'>> {
	const orders: LostOrder[] = [];
	let orderCount = 0;
	let total = 0;
	let hasAmount = false;
	for await (const order of db.collection('orders').find(filter).sort({_id: -1})) {
		const amount = AMOUNT_FIELDS.map((field) => order[field] as unknown).find((value) => typeof value === 'number');
		orderCount++;
		if (typeof amount === 'number') {
			hasAmount = true;
			total += amount;
		}
		if (orders.length < MOST_ORDERS_LISTED) {
			const at: unknown = order['createdAt'];
			orders.push({
				id: String(order['orderNumber'] ?? order._id),
				at: at instanceof Date ? at.toISOString() : undefined,
				totalPaise: typeof amount === 'number' ? amount : undefined,
				status: typeof order['status'] === 'string' ? order['status'] : undefined,
			});
		}
	}
	return {orders, orderCount, totalPaise: hasAmount ? total : undefined};
}
