import {createHash, timingSafeEqual} from 'node:crypto';
import fastify, {type FastifyInstance} from 'fastify';
import * as z from 'zod';
import type {Host} from '../kernel/host.js';
import {
	GATEWAY_KIND,
	type ServedAnswer,
	type SplitAnswer,
	type TotalsAnswer,
	wantedSplit,
} from '../ports/splitter/gateway-wire.js';
import {type AdminAddress, listenAdmin, parseAdminAddress} from './admin-address.js';
import type {ServedLog} from './served-log.js';
import type {Split} from './split.js';

export type Admin = {
	/** `http://127.0.0.1:port` or `unix:/path`. */
	readonly url: string;
	close(): Promise<void>;
};

type AdminOptions = {readonly address: string; readonly token: string | undefined};
type Steered = {readonly split: Split; readonly log: ServedLog};

const servedQuery = z.object({
	after: z.coerce.number().int().min(0).optional(),
	of: z.string().optional(),
});

/** Where the gateway is steered and read, on a listener of its own: nothing of it can be reached through the shop's port. */
export async function openAdmin(
	{address, token}: AdminOptions,
	steered: Steered,
	host: Pick<Host, 'randomHex'>,
): Promise<Admin> {
	const parsed = parseAdminAddress(address, token);
	const app = fastify({bodyLimit: 4096, forceCloseConnections: true});
	guard(app, parsed, token);
	addRoutes(app, steered, host.randomHex(8));
	const {url, remove} = await listenAdmin(app, parsed);
	return {
		url,
		async close() {
			await app.close();
			await remove();
		},
	};
}

function addRoutes(app: FastifyInstance, {split, log}: Steered, incarnation: string): void {
	const me = {kind: GATEWAY_KIND, incarnation} as const;
	app.setErrorHandler((error, _request, reply) => {
		const problem = error instanceof z.ZodError ? z.prettifyError(error) : 'not understood';
		return reply.code(400).send({kind: GATEWAY_KIND, error: problem});
	});
	app.get('/split', (): SplitAnswer => ({...me, ...split.read()}));
	app.put('/split', ({body}): SplitAnswer => {
		split.set(wantedSplit.parse(body));
		return {...me, ...split.read()};
	});
	app.get('/totals', (): TotalsAnswer => ({...me, ...log.readTotals()}));
	app.get('/served', ({query}): ServedAnswer => {
		const {after, of} = servedQuery.parse(query);
		// A cursor of another life: all that this one has served is news.
		const isForeign = after !== undefined && of !== undefined && of !== incarnation;
		return {...me, ...log.read(isForeign ? 0 : after)};
	});
}

/** A browser on this machine must not be led here by a name that points at the loopback address; a token is asked of all. */
function guard(app: FastifyInstance, address: AdminAddress, token: string | undefined): void {
	app.addHook('onRequest', async (request, reply) => {
		if (address.kind === 'tcp' && address.isLoopback && !isLoopbackName(request.headers.host ?? '')) {
			return reply.code(403).send({kind: GATEWAY_KIND, error: 'not by this name'});
		}
		if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
			return reply.code(401).send({kind: GATEWAY_KIND, error: 'the token is missing or another one'});
		}
		return undefined;
	});
}

function isLoopbackName(host: string): boolean {
	return /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?$/.test(host);
}

function isSame(given: string, wanted: string): boolean {
	const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
	return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
