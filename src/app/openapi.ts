import swagger from '@fastify/swagger';
import {failure} from './answers.js';
import type {ShopServer} from './server.js';
import type {ShopInfo} from './shop.js';

/** Describes every route registered after it; the description is at /api/openapi.json. */
export async function addOpenApi(app: ShopServer, {version}: Pick<ShopInfo, 'version'>): Promise<void> {
	await app.register(swagger, {
		openapi: {
			openapi: '3.1.0',
			info: {
				title: 'Reference shop',
				version,
				description: 'Money is integer paise. Every failure is {error: {code, message, requestId}}.',
			},
			components: {
				securitySchemes: {
					session: {type: 'http', scheme: 'bearer', description: 'An access token of POST /api/sessions'},
					dashboard: {type: 'http', scheme: 'bearer', description: 'DASHBOARD_TOKEN'},
					metrics: {type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN'},
				},
			},
		},
	});
	app.addHook('onRoute', (route) => {
		if (route.schema?.response === undefined) return;
		// Whatever a route answers, it may also fail.
		route.schema.response = {'4xx': failure, '5xx': failure, ...(route.schema.response as object)};
	});
	app.get('/api/openapi.json', {schema: {hide: true}}, async () => app.swagger());
}
