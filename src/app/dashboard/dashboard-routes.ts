import type {FastifyRequest} from 'fastify';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {isViewer, requireViewer} from './access.js';
import {ASSET_NAMES, readAsset} from './assets.js';
import type {DashboardData} from './data.js';
import {dashboardSchema} from './data-schema.js';
import {addLogin} from './login-routes.js';
import {renderLogin, renderPage} from './page.js';
import {readDashboard} from './read-dashboard.js';
import {sendPage} from './send-page.js';
import {openStream} from './stream.js';

/** As often as the figures change: every process tells its counts every ten seconds, and its own at once. */
const EVERY_MS = 5000;
/** Many viewers cost one look. */
const MEMORY_MS = 2000;

/** GET /dashboard, its files, its live stream, and GET /api/dashboard. */
export async function addDashboard(app: ShopServer, shop: Shop): Promise<void> {
	const look = lookSeldom(shop);
	const stream = openStream();

	app.get(
		'/api/dashboard',
		{
			schema: {
				summary: 'What the dashboard shows, as data',
				tags: ['dashboard'],
				security: [{dashboard: []}],
				response: {200: dashboardSchema},
			},
		},
		async (request) => {
			requireViewer(shop, request);
			return look();
		},
	);

	app.get('/dashboard', {schema: {hide: true}}, async (request, reply) => {
		if (isViewer(shop, request)) return sendPage(reply, renderPage(await look()));
		if (shop.settings.DASHBOARD_TOKEN === undefined) requireViewer(shop, request);
		return sendPage(reply.status(401), renderLogin(false));
	});

	await addLogin(app, shop);

	for (const name of ASSET_NAMES) {
		app.get(`/dashboard/${name}`, {schema: {hide: true}}, async (request, reply) => {
			const {content, type, etag} = await readAsset(name);
			reply.header('cache-control', 'no-cache').header('etag', etag).type(type);
			return request.headers['if-none-match'] === etag ? reply.status(304).send() : reply.send(content);
		});
	}

	app.get('/dashboard/events', {schema: {hide: true}}, async (request: FastifyRequest, reply) => {
		requireViewer(shop, request);
		const first = JSON.stringify(await look());
		reply.hijack();
		for (const [name, value] of Object.entries(reply.getHeaders()))
			if (value !== undefined) reply.raw.setHeader(name, value);
		reply.raw.setHeader('content-type', 'text/event-stream');
		reply.raw.setHeader('x-accel-buffering', 'no');
		stream.add(reply.raw);
		stream.send(first);
	});
	shop.jobs.start({
		name: 'dashboard',
		isReadOnly: true,
		everyMs: EVERY_MS,
		async run() {
			if (stream.viewers > 0) stream.send(JSON.stringify(await look()));
		},
	});
	// A stream never ends by itself, and a shutdown waits for what is under way.
	app.addHook('preClose', async () => stream.end());
}

function lookSeldom(shop: Shop): () => Promise<DashboardData> {
	let last: {readonly atMs: number; readonly data: Promise<DashboardData>} | undefined;
	return () => {
		const now = shop.host.monotonicMs();
		if (last === undefined || now - last.atMs >= MEMORY_MS) {
			const looked = {atMs: now, data: readDashboard(shop)};
			last = looked;
			looked.data.catch(() => {
				if (last === looked) last = undefined;
			});
		}
		return last.data;
	};
}
