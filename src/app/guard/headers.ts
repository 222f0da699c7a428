import type {IncomingMessage, ServerResponse} from 'node:http';
import cors from '@fastify/cors';
import helmet from 'helmet';
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
 * says so itself. Browsers of exactly the listed origins may read answers; a request of another origin is answered as
 * ever, without leave to read it: CORS is no authorisation.
 * @param origins as a browser writes them: `https://shop.example`
 */
export async function addHeaders(app: ShopServer, origins: readonly string[]): Promise<void> {
	const always = {
		...helmetHeaders(),
		'permissions-policy': PERMISSIONS,
		// What nobody said may be kept is kept nowhere: answers are about a person or about the stock of this second.
		'cache-control': 'no-store',
	};
	app.addHook('onRequest', (_request, reply, done) => {
		reply.headers(always);
		done();
	});
	await app.register(cors, {
		origin: [...origins],
		methods: ['GET', 'HEAD', 'POST', 'DELETE'],
		allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'traceparent', 'x-request-id'],
		exposedHeaders: ['ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
		maxAge: 600,
	});
}

/** What helmet sets, asked once: its plugin for Fastify works the same headers out anew for each request. */
function helmetHeaders(): Readonly<Record<string, string>> {
	const headers: Record<string, string> = {};
	const response = {
		setHeader: (name: string, value: string) => {
			headers[name.toLowerCase()] = value;
		},
		removeHeader: () => undefined,
	};
	const set = helmet({
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
	set({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
		if (error !== undefined) throw error;
	});
	return headers;
}
