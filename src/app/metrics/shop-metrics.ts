import type {Db, MongoClient} from 'mongodb';
import type {ShopEvents} from '../events.js';
import type {ShopHost, ShopInfo} from '../shop.js';
import {countEvent, countRequest} from './count-events.js';
import {addEventMetrics} from './event-metrics.js';
import {addHttpMetrics, type FinishedRequest} from './http-metrics.js';
import {memoise} from './memoise.js';
import {addPoolMetrics, type PoolCounts} from './pool.js';
import {addProcessMetrics} from './process-metrics.js';
import {openRegistry} from './registry.js';
import {type MetricsReport, makeReport} from './report.js';
import {type History, openRollUps} from './roll-ups.js';

/** All that one shop counts. Business code does not know of it: it listens to the shop's events. */
export type ShopMetrics = {
	/** Random for each start of a process. */
	readonly instance: string;
	addRoute(method: string, route: string): void;
	/** Counts a request that is over. */
	finish(request: FinishedRequest): void;
	/** Prometheus' text, at most a second old. */
	text(): Promise<string>;
	/** The rolling windows, at most a second old for this process, some more for the others. */
	report(): Promise<MetricsReport>;
	history(): Promise<History>;
	/** Stores what was counted since the last time. @throws what the database throws */
	flush(): Promise<void>;
	close(): void;
};

/** Many scrapers together cost what one does. */
const MAX_AGE_MS = 1000;

export type MetricsParts = {
	readonly info: ShopInfo;
	readonly client: MongoClient;
	readonly db: Db;
	readonly pool: PoolCounts;
	readonly events: ShopEvents;
	readonly host: ShopHost;
};

export function openShopMetrics({info, client, db, pool, events, host}: MetricsParts): ShopMetrics {
	const registry = openRegistry();
	const http = addHttpMetrics(registry);
	const observeEvent = addEventMetrics(registry);
	addPoolMetrics(registry, client, pool);
	const loopDelay = addProcessMetrics(registry, info, host.now);
	const rollUps = openRollUps(db, info.version, host);
	const unsubscribe = events.subscribe((event) => {
		observeEvent(event);
		countEvent(rollUps.add, event);
	});
	return {
		instance: rollUps.instance,
		addRoute: http.addRoute,
		finish(request) {
			http.observe(request);
			countRequest(rollUps.add, request);
		},
		text: memoise(host, MAX_AGE_MS, registry.text),
		report: memoise(host, MAX_AGE_MS, async () => makeReport(await rollUps.read(), host.now())),
		history: memoise(host, MAX_AGE_MS, rollUps.read),
		flush: rollUps.flush,
		close() {
			unsubscribe();
			loopDelay.stop();
		},
	};
}
