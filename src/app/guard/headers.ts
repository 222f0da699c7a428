import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type {ShopServer} from '../server.js';

/** OWASP Secure Headers Project; two years. */
const HSTS_SECONDS = 63_072_000;

/** What no page of the shop uses. Payment stays allowed: a checkout page needs it. */
const PERMISSIONS = [
	'accelerometer',
	'camera',
	'display-capture',
	'geolocation',
	'gyroscope',
	'magnetometer',
	'microphone',
	'midi',
	'usb',
]
	.map((feature) => `${feature}=()`)
	.join(', ');

/**
 * Headers of every answer. An API has nothing to run, show or frame, so its policy allows nothing; a page that needs more
 * says so on its own route (`{helmet: {contentSecurityPolicy}}`). Browsers of exactly the listed origins may read answers;
 * a request of another origin is answered as ever, without leave to read it: CORS is no authorisation.
 * @param origins as a browser writes them: `https://shop.example`
 */
export async function addHeaders(app: ShopServer, origins: readonly string[]): Promise<void> {
	await app.register(helmet, {
		contentSecurityPolicy: {
			useDefaults: false,
			directives: {defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"]},
		},
		strictTransportSecurity: {maxAge: HSTS_SECONDS, includeSubDomains: true},
		referrerPolicy: {policy: 'no-referrer'},
		xFrameOptions: {action: 'deny'},
		// A shop on another subdomain of the same site reads the API.
		crossOriginResourcePolicy: {policy: 'same-site'},
	});
	await app.register(cors, {
		origin: [...origins],
		methods: ['GET', 'HEAD', 'POST', 'DELETE'],
		allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'traceparent', 'x-request-id'],
		exposedHeaders: ['ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
		maxAge: 600,
	});
	app.addHook('onRequest', async (_request, reply) => {
		reply.header('permissions-policy', PERMISSIONS);
		// What nobody said may be kept is kept nowhere: answers are about a person or about the stock of this second.
		reply.header('cache-control', 'no-store');
	});
}
