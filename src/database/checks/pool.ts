import type {DatabaseConfig} from '../../kernel/config/schema.js';
import {optionOf} from '../address.js';
import {makeCheck} from '../check.js';
import {type Connections, judgeConnections, readConnections} from '../connections.js';
import type {DatabaseFinding} from '../finding.js';

/**
 * Connections a node of an Atlas tier takes (Atlas documentation, "Atlas Service Limits"); from M10 on some are kept by
 * Atlas itself.
 */
export const TIER_CONNECTIONS = {
	M0: 500,
	Flex: 500,
	M10: 1490,
	M20: 2990,
	M30: 2990,
	M40: 5990,
	M50: 15_990,
	M60: 31_990,
} as const;

export type PoolFacts = {
	readonly connections: Connections | undefined;
	readonly pool: DatabaseConfig['pool'];
	/** What the address says; the driver's default without it. */
	readonly poolOfAddress: number | undefined;
};

/** maxPoolSize of the Node.js driver where nobody sets one. */
const DRIVER_POOL = 100;

/** The driver's own connections of each process, to watch a server with. */
const MONITORING = 2;

export const poolCheck = makeCheck<PoolFacts>({
	id: 'connections',
	title: 'The server has connections for every process at its busiest',
	async gather({db, uri, config}) {
		const told = Number(optionOf(uri, 'maxPoolSize'));
		return {
			connections: await readConnections(db),
			pool: config.pool,
			poolOfAddress: Number.isInteger(told) && told > 0 ? told : undefined,
		};
	},
	judge: (facts) => [...judgeNow(facts), judgePool(facts)],
});

/** What is not told is told once, with the pools. */
function judgeNow({connections}: PoolFacts): DatabaseFinding[] {
	return connections === undefined ? [] : [{...judgeConnections(connections), subject: 'now'}];
}

/** Whether all pools together fit under the limit when every one of them is full. Pure. */
export function judgePool({connections, pool, poolOfAddress}: PoolFacts): DatabaseFinding {
	const subject = 'pools';
	const limit = pool.tier === undefined ? totalOf(connections) : TIER_CONNECTIONS[pool.tier];
	const size = pool.maxPoolSize ?? poolOfAddress ?? DRIVER_POOL;
	const wanted = pool.workers * (size + MONITORING) + pool.reserve;
	const sum = `${pool.workers} × (${size} + ${MONITORING}) + ${pool.reserve} in reserve = ${wanted}`;
	if (limit === undefined) {
		return {
			verdict: 'skip',
			isUnavailable: true,
			subject,
			reason: 'the server does not tell its limit; on Atlas name database.pool.tier',
			evidence: [sum],
		};
	}
	const evidence = [`${sum}, of ${limit}${pool.tier === undefined ? '' : ` (${pool.tier})`}`];
	const most = Math.max(1, Math.floor((limit - pool.reserve) / pool.workers) - MONITORING);
	if (wanted > limit) {
		return {
			verdict: 'fail',
			subject,
			reason: 'full pools are more than the server takes: new processes would not start',
			evidence,
			mend: [`maxPoolSize ${most} at most, or fewer processes, or a larger tier`],
		};
	}
	if (wanted > limit * 0.8)
		return {verdict: 'warn', subject, reason: 'full pools leave less than a fifth of the connections', evidence};
	return {verdict: 'pass', subject, reason: 'full pools fit', evidence};
}

function totalOf(connections: Connections | undefined): number | undefined {
	return connections === undefined ? undefined : connections.current + connections.available;
}
