import Type from 'typebox';
import {exactly} from '../answers.js';
import {memoise} from '../metrics/memoise.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {pingDatabase, readDatabaseState} from './checks.js';

/** How long a probe's answer is good for: many probes together cost the database one. */
const MEMORY_MS = 1000;

const check = {
	status: Type.Enum(['up', 'down']),
	latencyMs: Type.Number({minimum: 0}),
};
const texts = Type.Array(Type.String());
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const health = exactly({
	status: Type.Enum(['ok', 'down']),
	version: Type.String(),
	commit: Type.String(),
	environment: Type.String(),
	uptimeSeconds: Type.Integer({minimum: 0}),
	checks: exactly({database: exactly(check)}),
	maintenance: orNull(Type.Boolean()),
	maintenanceReason: Type.Optional(Type.String()),
});

const databaseHealth = exactly({
	...check,
	name: Type.String(),
	pool: exactly({
		connections: Type.Integer(),
		inUse: Type.Integer(),
		waiting: Type.Integer(),
		max: Type.Integer(),
	}),
	transactions: Type.Boolean(),
	indexes: Type.Optional(orNull(exactly({present: texts, missing: texts}))),
	privileges: Type.Optional(orNull(exactly({user: Type.String(), roles: texts, excessive: texts}))),
});

/** GET /api/health and GET /api/health/db, as docs/shop-contract.md has them. */
export function addHealth(app: ShopServer, shop: Shop): void {
	const checkDatabase = memoise(shop.host, MEMORY_MS, () => pingDatabase(shop));
	const readState = memoise(shop.host, MEMORY_MS, () => readDatabaseState(shop));

	app.get(
		'/api/health',
		{
			schema: {
				summary: 'Who answers, and whether it can work',
				tags: ['health'],
				response: {200: health, 503: health},
			},
		},
		async (_request, reply) => {
			// Where it cannot be known it is null: missing data is not "off".
			const [database, maintenance] = await Promise.all([
				checkDatabase(),
				shop.maintenance.read().catch(() => undefined),
			]);
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
		},
	);

	app.get(
		'/api/health/db',
		{
			schema: {
				summary: 'How the database is: its answer, the pool, indexes and privileges',
				tags: ['health'],
				response: {200: databaseHealth, 503: databaseHealth},
			},
		},
		async (_request, reply) => {
			const database = await checkDatabase();
			const isUp = database.status === 'up';
			const state = isUp ? await readState() : undefined;
			const {connections, inUse, waiting, max} = shop.pool;
			return reply
				.status(isUp ? 200 : 503)
				.header('cache-control', 'no-store')
				.send({
					...database,
					name: shop.db.databaseName,
					pool: {connections, inUse, waiting, max},
					transactions: shop.hasTransactions,
					...state,
				});
		},
	);
}
