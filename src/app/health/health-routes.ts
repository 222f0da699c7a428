import type {FastifyInstance} from 'fastify';
import {readIndexes} from '../boot/indexes.js';
import type {MaintenanceState} from '../guard/maintenance.js';
import type {Shop} from '../shop.js';

/** How long a probe's answer is good for: many probes together cost the database one. */
const MEMORY_MS = 1000;
const TIMEOUT_MS = 1000;

type Check = {readonly status: 'up' | 'down'; readonly latencyMs: number};

/** GET /api/health and GET /api/health/db, as docs/shop-contract.md has them. */
export function addHealth(app: FastifyInstance, shop: Shop): void {
	const checkDatabase = memoise(shop, () => pingDatabase(shop));

	app.get('/api/health', async (_request, reply) => {
		const [database, maintenance] = await Promise.all([checkDatabase(), readMaintenance(shop)]);
		const isUp = database.status === 'up';
		return reply
			.status(isUp ? 200 : 503)
			.header('cache-control', 'no-store')
			.send({
				status: isUp ? 'ok' : 'down',
				version: shop.version,
				commit: shop.commit,
				environment: shop.environment,
				uptimeSeconds: Math.floor((shop.host.monotonicMs() - shop.startedAtMs) / 1000),
				checks: {database},
				maintenance: maintenance?.on ?? null,
				...(maintenance?.reason === undefined ? {} : {maintenanceReason: maintenance.reason}),
			});
	});

	app.get('/api/health/db', async (_request, reply) => {
		const database = await checkDatabase();
		const isUp = database.status === 'up';
		return reply
			.status(isUp ? 200 : 503)
			.header('cache-control', 'no-store')
			.send({
				...database,
				name: shop.db.databaseName,
				pool: shop.pool,
				transactions: shop.hasTransactions,
				...(isUp ? {indexes: await readIndexes(shop.db), privileges: await readPrivileges(shop)} : {}),
			});
	});
}

async function pingDatabase({db, host}: Shop): Promise<Check> {
	const started = host.monotonicMs();
	const status = await db.command({ping: 1}, {timeoutMS: TIMEOUT_MS}).then(
		() => 'up' as const,
		() => 'down' as const,
	);
	return {status, latencyMs: Math.round((host.monotonicMs() - started) * 10) / 10};
}

/** Undefined where it cannot be known: missing data is not "off". */
function readMaintenance({maintenance}: Shop): Promise<MaintenanceState | undefined> {
	return maintenance.read().catch(() => undefined);
}

/** The shop's own user and its roles; null for a server without log-in. */
async function readPrivileges({db}: Shop): Promise<{user: string; roles: string[]} | null> {
	const {authInfo} = await db.command({connectionStatus: 1}, {timeoutMS: TIMEOUT_MS});
	const [user] = authInfo.authenticatedUsers as {user: string; db: string}[];
	if (user === undefined) return null;
	const roles = authInfo.authenticatedUserRoles as {role: string; db: string}[];
	return {user: `${user.user}@${user.db}`, roles: roles.map(({role, db: on}) => `${role}@${on}`)};
}

function memoise<T>({host}: Shop, work: () => Promise<T>): () => Promise<T> {
	let last: {readonly atMs: number; readonly value: Promise<T>} | undefined;
	return () => {
		const now = host.monotonicMs();
		if (last === undefined || now - last.atMs >= MEMORY_MS) last = {atMs: now, value: work()};
		return last.value;
	};
}
