import {timingSafeEqual} from 'node:crypto';
import fastify, {type FastifyRequest} from 'fastify';
import type {ShopHost} from '../../shop.js';
import {refuse, type SandboxAnswer} from './answers.js';
import type {SandboxKeys} from './keys.js';
import type {SandboxState} from './state.js';

/** How the sandbox misbehaves, in tests: each is something that Razorpay or the line to it can do. */
export type SandboxFault =
	/** Fails before anything was done. */
	| {readonly kind: 'fail'; readonly status: number; readonly headers?: Readonly<Record<string, string>>}
	/** Does it, and cuts the connection instead of answering. */
	| {readonly kind: 'lose'}
	/** Does it, and says that it failed. */
	| {readonly kind: 'failAfter'; readonly status: number}
	| {readonly kind: 'slow'; readonly ms: number}
	/** Does it, and answers with this instead. */
	| {readonly kind: 'answer'; readonly body: unknown};

export type SandboxCall =
	| 'createOrder'
	| 'listOrders'
	| 'readOrder'
	| 'paymentsOf'
	| 'readPayment'
	| 'capture'
	| 'refund'
	| 'refundsOf';

export type SandboxServer = {
	/** What RAZORPAY_URL is for Razorpay. */
	readonly url: string;
	close(): Promise<void>;
};

type SandboxRequest = FastifyRequest<{
	Params: {id: string};
	Querystring: {receipt?: string};
	Body: {amount?: number; currency?: string; receipt?: string; notes?: Record<string, string>};
}>;

/** The sandbox's side of Razorpay's API, over real HTTP on loopback, so that the client is the one that meets Razorpay. */
export async function openSandboxServer(
	state: SandboxState,
	keys: SandboxKeys,
	{
		host,
		faultOf = () => undefined,
	}: {host: Pick<ShopHost, 'sleep'>; faultOf?: (call: SandboxCall) => SandboxFault | undefined},
): Promise<SandboxServer> {
	const app = fastify({logger: false, forceCloseConnections: true, bodyLimit: 64 * 1024});
	const expected = Buffer.from(`Basic ${Buffer.from(`${keys.keyId}:${keys.keySecret}`).toString('base64')}`);
	app.addHook('onRequest', async ({headers}, reply) => {
		const given = Buffer.from(headers.authorization ?? '');
		if (given.length === expected.length && timingSafeEqual(given, expected)) return;
		await reply.status(401).send(refuse(401, 'Authentication failed').body);
	});

	const route = (
		call: SandboxCall,
		method: 'GET' | 'POST',
		url: string,
		work: (request: SandboxRequest) => Promise<SandboxAnswer>,
	) =>
		app.route<{Params: {id: string}}>({
			method,
			url,
			async handler(request, reply) {
				const fault = faultOf(call);
				if (fault?.kind === 'slow') await host.sleep(fault.ms);
				if (fault?.kind === 'fail')
					return reply
						.status(fault.status)
						.headers(fault.headers ?? {})
						.send(refuse(fault.status, 'Sandbox fault').body);
				const {status, body} = await work(request as SandboxRequest);
				if (fault?.kind === 'lose') {
					reply.hijack();
					request.raw.destroy();
					return reply;
				}
				if (fault?.kind === 'failAfter')
					return reply.status(fault.status).send(refuse(fault.status, 'Sandbox fault').body);
				return reply.status(status).send(fault?.kind === 'answer' ? fault.body : body);
			},
		});

	route('createOrder', 'POST', '/v1/orders', ({body}) =>
		state.createOrder({amount: body.amount ?? 0, currency: body.currency ?? '', receipt: body.receipt}),
	);
	route('listOrders', 'GET', '/v1/orders', ({query}) => state.listOrders(query.receipt));
	route('readOrder', 'GET', '/v1/orders/:id', ({params}) => state.readOrder(params.id));
	route('paymentsOf', 'GET', '/v1/orders/:id/payments', ({params}) => state.paymentsOf(params.id));
	route('readPayment', 'GET', '/v1/payments/:id', ({params}) => state.readPayment(params.id));
	route('capture', 'POST', '/v1/payments/:id/capture', ({params, body}) => state.capture(params.id, body.amount ?? 0));
	route('refundsOf', 'GET', '/v1/payments/:id/refunds', ({params}) => state.refundsOf(params.id));
	route('refund', 'POST', '/v1/payments/:id/refund', ({params, body, headers}) => {
		const key = headers['x-refund-idempotency'];
		const {amount, receipt, notes = {}} = body;
		return state.refund(params.id, {amount, receipt, notes, key: typeof key === 'string' ? key : undefined});
	});

	const url = await app.listen({port: 0, host: '127.0.0.1'});
	return {url, close: () => app.close()};
}
