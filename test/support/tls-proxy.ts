import type {IncomingMessage, ServerResponse} from 'node:http';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {Agent, request} from 'undici';
import type {Certificate} from './tls-certificate.js';

/** A request on its way through. */
export type Passed = {
	readonly method: string;
	/** With its query. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
};

export type Reply = {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[]>>;
	readonly body: string;
};

/** What a proxy does instead of only passing on; `forward` asks the server behind, with what was changed. */
export type Mutation = (
	asked: Passed,
	forward: (changed?: Partial<Passed>) => Promise<Reply>,
) => Promise<Reply> | Reply;

export type TlsProxy = {
	readonly port: number;
	/** Also what the address of the client is told as, by X-Forwarded-For: a client that nobody knows yet. */
	mutate(mutation: Mutation | undefined, client: string): void;
	close(): Promise<void>;
};

/** TLS in front of a server, as a shop has it; a mutation makes one wrong in one way. */
export async function openTlsProxy(upstream: string, {cert, key}: Certificate): Promise<TlsProxy> {
	const agent = new Agent({connections: 16});
	let current: {readonly mutation: Mutation | undefined; readonly client: string} = {
		mutation: undefined,
		client: '198.51.100.1',
	};
	const server = createServer({cert, key}, (incoming, outgoing) => {
		pass(incoming, outgoing).catch((error: unknown) => {
			outgoing.writeHead(502).end(String(error));
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));

	async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
		const {mutation, client} = current;
		const asked = await readPassed(incoming);
		const forward = (changed: Partial<Passed> = {}) => forwardTo(upstream, agent, {...asked, ...changed}, client);
		const {status, headers, body} = mutation === undefined ? await forward() : await mutation(asked, forward);
		outgoing.writeHead(status, headers).end(body);
	}

	return {
		port: (server.address() as AddressInfo).port,
		mutate(mutation, client) {
			current = {mutation, client};
		},
		async close() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
			await agent.close();
		},
	};
}

async function readPassed(incoming: IncomingMessage): Promise<Passed> {
	const chunks: Buffer[] = [];
	for await (const chunk of incoming) chunks.push(chunk as Buffer);
	const {connection: _, 'content-length': __, host: ___, ...headers} = incoming.headers;
	return {
		method: incoming.method ?? 'GET',
		path: incoming.url ?? '/',
		headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
		body: Buffer.concat(chunks).toString('utf8'),
	};
}

async function forwardTo(upstream: string, agent: Agent, asked: Passed, client: string): Promise<Reply> {
	const {'x-forwarded-for': claimed, 'x-trusted-for': trusted, ...headers} = asked.headers;
	// As nginx's $proxy_add_x_forwarded_for: what the client claims, then who it is.
	const forwarded = trusted ?? (claimed === undefined ? client : `${claimed}, ${client}`);
	const answer = await request(upstream + asked.path, {
		method: asked.method as 'GET',
		headers: {...headers, 'x-forwarded-for': forwarded},
		body: asked.body === '' ? null : asked.body,
		dispatcher: agent,
	});
	const body = await answer.body.text();
	const {connection: _, 'keep-alive': __, 'transfer-encoding': ___, 'content-length': ____, ...rest} = answer.headers;
	return {status: answer.statusCode, headers: rest as Reply['headers'], body};
}
