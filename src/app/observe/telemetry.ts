import type {Db, MongoClient} from 'mongodb';
import type {Jobs} from '../boot/jobs.js';
import type {ShopEvents} from '../events.js';
import type {PoolCounts} from '../metrics/pool.js';
import {FLUSH_EVERY_MS} from '../metrics/roll-ups.js';
import {openShopMetrics, type ShopMetrics} from '../metrics/shop-metrics.js';
import type {Settings} from '../settings.js';
import type {ShopHost, ShopInfo} from '../shop.js';
import {within} from '../within.js';
import {openErrorGroups} from './error-groups.js';
import {type ErrorTracker, openErrorTracker} from './error-tracking.js';
import type {Log} from './log.js';
import {openOtlp} from './otlp.js';
import {openSecurityLog} from './security-log.js';
import {openSentry} from './sentry.js';

/** All that watches the shop. */
export type Telemetry = {
	readonly log: Log;
	readonly metrics: ShopMetrics;
	readonly errors: ErrorTracker;
	/** Stores what is still in memory, as far as the database takes it in a few seconds. Never rejects. */
	/** Stores what was not stored yet, where it may write. */
	close(mayWrite: boolean): Promise<void>;
};

export type TelemetryParts = {
	readonly info: ShopInfo;
	readonly settings: Settings;
	readonly client: MongoClient;
	readonly db: Db;
	readonly pool: PoolCounts;
	readonly events: ShopEvents;
	readonly jobs: Jobs;
	readonly log: Log;
	readonly host: ShopHost;
};

const ERRORS_EVERY_MS = 5000;
const CLOSE_MS = 3000;

export function openTelemetry(parts: TelemetryParts): Telemetry {
	const {info, settings, db, events, jobs, log, host} = parts;
	const metrics = openShopMetrics(parts);
	const security = openSecurityLog({db, events, instance: metrics.instance, logger: log.logger, host});
	const sinks = [
		openErrorGroups(db, info.version),
		...(settings.SENTRY_DSN === undefined ? [] : [openSentry(settings.SENTRY_DSN, info, host)]),
		...(settings.OTLP_URL === undefined ? [] : [openOtlp(settings.OTLP_URL, info, host)]),
	];
	const errors = openErrorTracker(sinks, host, (message) => log.logger?.warn(message));

	jobs.start({name: 'metrics', everyMs: FLUSH_EVERY_MS, run: () => metrics.flush()});
	jobs.start({name: 'security events', everyMs: ERRORS_EVERY_MS, run: () => security.flush()});
	jobs.start({name: 'errors', everyMs: ERRORS_EVERY_MS, run: () => errors.flush()});
	return {
		log,
		metrics,
		errors,
		async close(mayWrite) {
			metrics.close();
			security.close();
			if (!mayWrite) return;
			const flushed = Promise.allSettled([metrics.flush(), security.flush(), errors.flush()]);
			await within(CLOSE_MS, () => flushed).catch(() => undefined);
		},
	};
}
