import fastify, {type FastifyInstance, type FastifyServerOptions} from 'fastify';
import {addErrors} from './plugins/errors.js';
import {addMaintenance} from './plugins/maintenance.js';
import {addHealth} from './routes/health.js';
import {addOrders} from './routes/orders.js';
import {addProducts} from './routes/products.js';
import {addUsers} from './routes/users.js';
import type {Shop} from './shop.js';

const BODY_LIMIT_BYTES = 100_000;

/** The shop's HTTP side, not yet listening. */
export function makeServer(shop: Shop, log: ((line: string) => void) | undefined): FastifyInstance {
	const logging: FastifyServerOptions = log
		? {logger: {stream: {write: log}, base: {version: shop.version}}, disableRequestLogging: false}
		: {logger: false};
	const app = fastify({
		...logging,
		bodyLimit: BODY_LIMIT_BYTES,
		requestTimeout: 30_000,
		// Idle keep-alive connections must not hold up a shutdown; requests under way are finished.
		forceCloseConnections: 'idle',
		// What a client did not send right is refused, never bent into shape: a price in an order is no slip to forgive.
		ajv: {customOptions: {coerceTypes: false, removeAdditional: false, useDefaults: true}},
	});
	addErrors(app);
	addMaintenance(app, shop);
	addHealth(app, shop);
	addProducts(app, shop);
	addUsers(app, shop);
	addOrders(app, shop);
	return app;
}
