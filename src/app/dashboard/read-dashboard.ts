import {CONTROL_COLLECTION} from '../../kernel/control-collection.js';
import {burnRate} from '../../slo/budget.js';
import {judgeBurn} from '../../slo/burn-alerts.js';
import {addCounts, type Counts, count, type Sum} from '../metrics/counts.js';
import {latencyOf, type MetricsReport, tallyByWindow} from '../metrics/report.js';
import type {OtherStep} from '../metrics/roll-up-reader.js';
import type {History} from '../metrics/roll-ups.js';
import {readErrorGroups} from '../observe/error-groups.js';
import type {Shop} from '../shop.js';
import {within} from '../within.js';
import type {DashboardData, DashboardObjective, DashboardSeries} from './data.js';

const MOST_ERRORS = 10;
const MOST_RELEASES = 10;
const TIMEOUT_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The windows that alerts look at; a shop's people look at the same. */
const BURN_WINDOWS = ['1h', '6h', '3d'] as const;

/** Everything the page shows. What the database does not tell in time is left out, and the state says that it is down. */
export async function readDashboard(shop: Shop): Promise<DashboardData> {
	const {telemetry, host, db, pool} = shop;
	const [report, history, ping, maintenance, errors, releases] = await Promise.all([
		telemetry.metrics.report(),
		telemetry.metrics.history(),
		pingDatabase(shop),
		shop.maintenance.read().catch(() => undefined),
		within(TIMEOUT_MS, () => readErrorGroups(db, MOST_ERRORS)).catch(() => []),
		within(TIMEOUT_MS, () => readReleases(shop)).catch(() => []),
	]);
	const nowMs = host.now();
	return {
		generatedAt: new Date(nowMs).toISOString(),
		source: report.source,
		shop: {
			version: shop.version,
			commit: shop.commit,
			environment: shop.environment,
			uptimeSeconds: Math.floor((host.monotonicMs() - shop.startedAtMs) / 1000),
		},
		health: {
			status: ping === undefined ? 'down' : 'ok',
			databaseLatencyMs: ping ?? null,
			maintenance: maintenance?.on ?? null,
		},
		objectives: objectivesOf(report),
		lastHour: seriesOf(history.minutes, {stepMs: MINUTE_MS, steps: 60, nowMs}),
		lastTwoDays: seriesOf(history.hours, {stepMs: HOUR_MS, steps: 48, nowMs}),
		funnel: funnelOf(report),
		errors: errors.map(({_id, name, message, route, count: times, firstSeen, lastSeen, versions}) => ({
			fingerprint: _id,
			message: message === '' ? name : message,
			route: route ?? '–',
			count: times,
			firstSeen: firstSeen.toISOString(),
			lastSeen: lastSeen.toISOString(),
			versions,
		})),
		pool: {connections: pool.connections, inUse: pool.inUse, waiting: pool.waiting, max: pool.max},
		releases,
		alerts: alertsOf(report, nowMs),
	};
}

async function pingDatabase({db, host}: Shop): Promise<number | undefined> {
	const startedMs = host.monotonicMs();
	try {
		await within(TIMEOUT_MS, (signal) => db.command({ping: 1}, {signal}));
		return Math.round((host.monotonicMs() - startedMs) * 10) / 10;
	} catch {
		return undefined;
	}
}

type StoredRelease = {readonly version?: unknown; readonly at?: unknown; readonly what?: unknown};

/** What sastaops told the shop of its releases and canary steps, the latest first. */
async function readReleases({db}: Shop): Promise<DashboardData['releases']> {
	const found = await db
		.collection<{_id: string; list?: unknown}>(CONTROL_COLLECTION)
		.findOne({_id: 'releases'}, {maxTimeMS: TIMEOUT_MS});
	const list = Array.isArray(found?.list) ? (found.list as readonly StoredRelease[]) : [];
	return list
		.slice(-MOST_RELEASES)
		.toReversed()
		.flatMap(({version, at, what}) =>
			at instanceof Date ? [{version: String(version), at: at.toISOString(), what: String(what ?? '')}] : [],
		);
}

function objectivesOf({windows}: MetricsReport): DashboardObjective[] {
	return windows['30d'].objectives.map(({name, title, target, verdict, budgetUsed}) => ({
		name,
		title,
		target,
		verdict,
		budgetUsed,
		windows: BURN_WINDOWS.map((window) => {
			const found = windows[window].objectives.find((objective) => objective.name === name);
			return {
				name: window,
				total: found?.total ?? 0,
				ratio: found?.ratio ?? null,
				burnRate: found?.burnRate ?? null,
			};
		}),
	}));
}

/** Budgets that go too fast, judged as alerts would be. One process's own counts prove nothing. */
function alertsOf(report: MetricsReport, nowMs: number): DashboardData['alerts'] {
	const {windows, since, source} = report;
	if (since === null || source !== 'shop') return [];
	const coveredMinutes = (nowMs - Date.parse(since)) / MINUTE_MS;
	return windows['30d'].objectives.flatMap(({name, title, target}) => {
		const tallies = tallyByWindow(report, name);
		const rule = judgeBurn({target, windows: tallies, coveredMinutes});
		if (rule === undefined) return [];
		const burn = burnRate(tallies[rule.long], target) ?? 0;
		const text = `${title}: the budget goes ${burn.toFixed(1)} times too fast over ${rule.long}`;
		return [{severity: rule.severity, text, since: windows[rule.long].from}];
	});
}

function funnelOf({windows}: MetricsReport): DashboardData['funnel'] {
	const {checkouts, orders, payments, revenuePaise, registrations, conversion} = windows['1d'];
	return {
		checkouts: checkouts.placed,
		outOfStock: checkouts.out_of_stock,
		failed: checkouts.failed,
		paid: orders.paid,
		expired: orders.expired,
		refunded: orders.refunded,
		paymentsFailed: payments.failed,
		quarantined: payments.quarantined,
		revenuePaise,
		registrations,
		conversion,
	};
}

type Span = {readonly stepMs: number; readonly steps: number; readonly nowMs: number};

/** One row for each step, all processes added up; nothing is drawn for a time before anything was counted. */
export function seriesOf(history: History['minutes'], {stepMs, steps, nowMs}: Span): DashboardSeries {
	// The step under way is left out: half of it would look like a fall.
	const last = Math.floor(nowMs / stepMs) * stepMs - stepMs;
	const first = last - (steps - 1) * stepMs;
	const sums = new Map<number, Sum>();
	for (const {atMs, counts} of history as readonly OtherStep[]) {
		const sum = sums.get(atMs) ?? {};
		addCounts(sum, counts);
		sums.set(atMs, sum);
	}
	const oldest = Math.min(Number.POSITIVE_INFINITY, ...sums.keys());
	const at = Array.from({length: steps}, (_, index) => first + index * stepMs);
	const rows = at.map((atMs): Counts | undefined => sums.get(atMs) ?? (atMs > oldest ? {} : undefined));
	const column = (name: string) => rows.map((row) => (row === undefined ? null : count(row, name)));
	const latencies = rows.map((row) => (row === undefined ? undefined : latencyOf(row)));
	const quantile = (name: 'p50' | 'p95' | 'p99') => latencies.map((latency) => latency?.[name]?.upperMs ?? null);
	return {
		at: at.map((ms) => ms / 1000),
		requests: column('requests'),
		errors: column('errors'),
		p50: quantile('p50'),
		p95: quantile('p95'),
		p99: quantile('p99'),
		checkouts: column('checkout_placed'),
		paid: column('order_paid'),
		revenuePaise: column('revenue_paise'),
	};
}
