import Type from 'typebox';
import {exactly} from '../answers.js';
import type {DashboardData} from './data.js';

const time = Type.String({format: 'date-time'});
const count = Type.Integer({minimum: 0});
const share = Type.Union([Type.Number({minimum: 0}), Type.Null()]);
const column = Type.Array(Type.Union([Type.Number(), Type.Null()]));

const series = exactly({
	at: Type.Array(Type.Integer(), {description: 'Seconds since the epoch'}),
	requests: column,
	errors: column,
	p50: column,
	p95: column,
	p99: column,
	checkouts: column,
	paid: column,
	revenuePaise: column,
});

/** `DashboardData`, for the description and the answer of GET /api/dashboard. */
export const dashboardSchema = Type.Unsafe<DashboardData>(
	exactly({
		generatedAt: time,
		source: Type.Union([Type.Literal('shop'), Type.Literal('process')]),
		shop: exactly({
			version: Type.String(),
			commit: Type.String(),
			environment: Type.String(),
			uptimeSeconds: count,
		}),
		health: exactly({
			status: Type.Union([Type.Literal('ok'), Type.Literal('down')]),
			databaseLatencyMs: Type.Union([Type.Number(), Type.Null()]),
			maintenance: Type.Union([Type.Boolean(), Type.Null()]),
		}),
		objectives: Type.Array(
			exactly({
				name: Type.String(),
				title: Type.String(),
				target: Type.Number(),
				verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('inconclusive')]),
				budgetUsed: share,
				windows: Type.Array(exactly({name: Type.String(), total: count, ratio: share, burnRate: share})),
			}),
		),
		lastHour: series,
		lastTwoDays: series,
		funnel: exactly({
			checkouts: count,
			outOfStock: count,
			failed: count,
			paid: count,
			expired: count,
			refunded: count,
			paymentsFailed: count,
			quarantined: count,
			revenuePaise: count,
			registrations: count,
			conversion: share,
		}),
		errors: Type.Array(
			exactly({
				fingerprint: Type.String(),
				message: Type.String(),
				route: Type.String(),
				count,
				firstSeen: time,
				lastSeen: time,
				versions: Type.Array(Type.String()),
			}),
		),
		pool: exactly({connections: count, inUse: count, waiting: count, max: count}),
		releases: Type.Array(exactly({version: Type.String(), at: time, what: Type.String()})),
		alerts: Type.Array(exactly({severity: Type.String(), text: Type.String(), since: time})),
	}),
);
