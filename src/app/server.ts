import type {TypeBoxTypeProvider} from '@fastify/type-provider-typebox';
import fastify, {
	type FastifyBaseLogger,
	type FastifyInstance,
	type RawReplyDefaultExpression,
	type RawRequestDefaultExpression,
	type RawServerDefault,
} from 'fastify';
import {addAccounts} from './accounts/account-routes.js';
import {addProducts} from './catalog/product-routes.js';
import {addCheckout} from './checkout/checkout-routes.js';
import {addDashboard} from './dashboard/dashboard-routes.js';
import {addErrors, refuseAddress} from './guard/errors.js';
import {addHeaders} from './guard/headers.js';
import {addLimits} from './guard/limits.js';
import {addPressure} from './guard/pressure.js';
import {addRefuseWrites} from './guard/refuse-writes.js';
import {addValidation} from './guard/validation.js';
import {addHealth} from './health/health-routes.js';
import {addMetrics} from './metrics/metrics-routes.js';
import {addRequests, loggingOptions} from './observe/requests.js';
import {addOpenApi} from './openapi.js';
import {addOrders} from './orders/order-routes.js';
import {addPayments} from './payments/add-payments.js';
import type {Shop} from './shop.js';

/** The server as routes see it: their TypeBox schemas give the types of what they are sent. */
export type ShopServer = FastifyInstance<
	RawServerDefault,
	RawRequestDefaultExpression,
	RawReplyDefaultExpression,
	FastifyBaseLogger,
	TypeBoxTypeProvider
>;

const BODY_LIMIT_BYTES = 64 * 1024;

/** The shop's HTTP side, not yet listening. */
export async function makeServer(shop: Shop): Promise<ShopServer> {
	const app = fastify({
		...loggingOptions(shop.telemetry.log, shop.host),
		bodyLimit: BODY_LIMIT_BYTES,
		// To receive a request; to answer it.
		requestTimeout: 30_000,
		handlerTimeout: shop.settings.REQUEST_TIMEOUT_MS,
		// Idle keep-alive connections must not hold up a shutdown; requests under way are finished.
		forceCloseConnections: 'idle',
		// What is too long for a route is refused by its schema, like everything else.
		routerOptions: {maxParamLength: 1000},
		frameworkErrors: refuseAddress,
		trustProxy: [...shop.settings.TRUSTED_PROXIES],
	}).withTypeProvider<TypeBoxTypeProvider>();
	// Only JSON is spoken here.
	app.removeContentTypeParser('text/plain');
	addRequests(app, shop);
	addValidation(app);
	await addHeaders(app, shop.settings.CORS_ORIGINS);
	await addPressure(app, shop.settings.MOST_LOOP_DELAY_MS);
	await addLimits(app, shop);
	addErrors(app, shop);
	await addOpenApi(app, shop);
	addRefuseWrites(app, shop);
	addHealth(app, shop);
	addMetrics(app, shop);
	addProducts(app, shop);
	addAccounts(app, shop);
	addCheckout(app, shop);
	addOrders(app, shop);
	await addPayments(app, shop);
	await addDashboard(app, shop);
	return app;
}
