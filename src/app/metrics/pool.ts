import type {MongoClient} from 'mongodb';

/** Live counts of the driver's connection pool; the object is updated in place. */
export type PoolCounts = {connections: number; inUse: number; waiting: number; readonly max: number};

/** Follows the pool's events. They come from then on only, so begin right after connecting. */
export function watchPool(client: MongoClient): PoolCounts {
	const counts = {connections: 0, inUse: 0, waiting: 0, max: client.options.maxPoolSize};
	client.on('connectionReady', () => counts.connections++);
	client.on('connectionClosed', () => counts.connections--);
	client.on('connectionCheckOutStarted', () => counts.waiting++);
	client.on('connectionCheckOutFailed', () => counts.waiting--);
	client.on('connectionCheckedOut', () => {
		counts.waiting--;
		counts.inUse++;
	});
	client.on('connectionCheckedIn', () => counts.inUse--);
	return counts;
}
