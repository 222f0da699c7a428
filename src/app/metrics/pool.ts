import type {MongoClient} from 'mongodb';
import {POOL_WAIT_EDGES_SECONDS} from './edges.js';
import type {MetricRegistry} from './registry.js';

/** Live counts of the driver's connection pool; the object is updated in place. */
export type PoolCounts = {connections: number; inUse: number; waiting: number; readonly max: number};

/** Follows the pool's events. They come from then on only, so begin right after connecting. */
export function watchPool(client: MongoClient): PoolCounts {
	const counts = {connections: 0, inUse: 0, waiting: 0, max: client.options.maxPoolSize};
	// A connection may be closed before it ever was ready.
	const ready = new Set<string>();
	const idOf = (event: {readonly address: string; readonly connectionId: unknown}) =>
		`${event.address} ${String(event.connectionId)}`;
	const recount = () => {
		counts.connections = ready.size;
	};
	client.on('connectionReady', (event) => {
		ready.add(idOf(event));
		recount();
	});
	client.on('connectionClosed', (event) => {
		ready.delete(idOf(event));
		recount();
	});
	client.on('connectionCheckOutStarted', () => counts.waiting++);
	client.on('connectionCheckOutFailed', () => counts.waiting--);
	client.on('connectionCheckedOut', () => {
		counts.waiting--;
		counts.inUse++;
	});
	client.on('connectionCheckedIn', () => counts.inUse--);
	return counts;
}

/** How long requests wait for a connection, and why some get none. @param counts as `watchPool` keeps them */
export function addPoolMetrics(registry: MetricRegistry, client: MongoClient, counts: PoolCounts): void {
	const waits = registry.histogram({
		name: 'mongodb_pool_wait_seconds',
		help: 'Time until a connection of the pool was had',
		labels: {},
		edges: POOL_WAIT_EDGES_SECONDS,
	});
	const failures = registry.counter({
		name: 'mongodb_pool_checkout_failed_total',
		help: 'Waits for a connection that ended without one',
		labels: {reason: ['timeout', 'connectionError', 'poolClosed']},
	});
	const connections = registry.gauge({
		name: 'mongodb_pool_connections',
		help: 'Connections in use and idle, requests that wait for one, and the most there may be',
		labels: {state: ['in_use', 'idle', 'waiting', 'max']},
	});
	client.on('connectionCheckedOut', ({durationMS}) => waits.observe({}, durationMS / 1000));
	client.on('connectionCheckOutFailed', ({reason}) => failures.add({reason}));
	registry.beforeText(() => {
		connections.set({state: 'in_use'}, counts.inUse);
		connections.set({state: 'idle'}, Math.max(0, counts.connections - counts.inUse));
		connections.set({state: 'waiting'}, counts.waiting);
		connections.set({state: 'max'}, counts.max);
	});
}
