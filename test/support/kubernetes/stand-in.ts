import {readFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Ajv} from 'ajv';
import formats from 'ajv-formats';
import {applyJsonPatch, applyMergePatch, PatchRefused} from './json-patch.js';

/** What goes wrong with one request: an answer, or none. `lost` is done, and its answer does not come. */
export type Trouble = {readonly status: number; readonly headers?: Record<string, string>} | 'cut' | 'lost' | 'hang';

export type Asked = {readonly method: string; readonly path: string; readonly type: string; readonly body: unknown};

export type KubernetesStandIn = {
	readonly url: string;
	readonly asked: Asked[];
	/** Asked before each request is served. */
	trouble: (request: Asked) => Trouble | undefined;
	/** Its clock is so much ahead. */
	skewMs: number;
	tellsClock: boolean;
	close(): Promise<void>;
};

export const STAND_IN_TOKEN = 'stand-in-token-0123456789';

type Stored = {
	metadata: {name: string; uid: string; resourceVersion: string; generation: number; [key: string]: unknown};
	spec?: unknown;
	status?: unknown;
	[key: string]: unknown;
};

const schema: object = JSON.parse(readFileSync('test/support/data/gateway-api-1.4.0-httproute.json', 'utf8'));
const ajv = new Ajv({strict: false, allErrors: false});
formats.default(ajv);
const isHttpRoute = ajv.compile(schema);

/**
 * A stand-in of the API server: it keeps objects with uid, resourceVersion, generation and managedFields, patches them, and
 * refuses as a real one does. The proof against a real one is scripts/kubernetes-proof.
 */
export async function startKubernetesStandIn(): Promise<KubernetesStandIn> {
	const objects = new Map<string, Stored>();
	let version = 100;
	const server = createServer((request, response) => {
		void serve(request, response).catch((error: unknown) => response.writeHead(599).end(String(error)));
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const {port} = server.address() as AddressInfo;
	const standIn: KubernetesStandIn = {
		url: `http://127.0.0.1:${port}`,
		asked: [],
		trouble: () => undefined,
		skewMs: 0,
		tellsClock: true,
		close: () =>
			new Promise((done) => {
				server.close(() => done());
				server.closeAllConnections();
			}),
	};
	return standIn;

	async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const url = new URL(request.url ?? '', standIn.url);
		const chunks: Buffer[] = [];
		for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
		const text = Buffer.concat(chunks).toString();
		const asked: Asked = {
			method: request.method ?? '',
			path: url.pathname,
			type: request.headers['content-type'] ?? '',
			body: text === '' ? undefined : JSON.parse(text),
		};
		standIn.asked.push(asked);
		response.sendDate = false;
		if (standIn.tellsClock) response.setHeader('date', new Date(Date.now() + standIn.skewMs).toUTCString());
		const trouble = standIn.trouble(asked);
		if (trouble === 'hang') return;
		if (trouble === 'cut') return void request.socket.destroy();
		if (typeof trouble === 'object') {
			for (const [name, value] of Object.entries(trouble.headers ?? {})) response.setHeader(name, value);
			return refuse(response, trouble.status, 'Injected', 'it was told to refuse');
		}
		if (request.headers.authorization !== `Bearer ${STAND_IN_TOKEN}`)
			return refuse(response, 401, 'Unauthorized', 'Unauthorized');
		const answer = handle(asked, url.searchParams.get('fieldManager') ?? 'unknown');
		if (trouble === 'lost') return void request.socket.destroy();
		if ('why' in answer) return refuse(response, answer.status, answer.reason, answer.why, answer.details);
		response.writeHead(answer.status, {'content-type': 'application/json'}).end(JSON.stringify(answer.object));
	}

	type Answer =
		| {status: number; object: unknown}
		| {status: number; reason: string; why: string; details?: Record<string, string>};

	function handle({method, path, type, body}: Asked, manager: string): Answer {
		const [, group, plural = '', name, part] =
			/^\/apis\/([^/]+)\/[^/]+\/namespaces\/[^/]+\/([^/]+)(?:\/([^/]+))?(?:\/(status))?$/.exec(path) ?? [];
		if (group !== 'gateway.networking.k8s.io' && group !== 'argoproj.io') {
			return {status: 404, reason: 'NotFound', why: 'the server could not find the requested resource', details: {}};
		}
		const key = path.replace(/\/status$/, '');
		if (method === 'POST') {
			const created = body as Stored;
			return store(`${path}/${created.metadata.name}`, undefined, created, {manager, plural});
		}
		const found = objects.get(key);
		if (found === undefined) {
			const why = `${plural}.${group} "${name}" not found`;
			return {status: 404, reason: 'NotFound', why, details: {name: name ?? '', kind: plural}};
		}
		if (method === 'GET') return {status: 200, object: found};
		if (method === 'DELETE') {
			objects.delete(key);
			return {status: 200, object: {kind: 'Status', status: 'Success'}};
		}
		try {
			const wanted = method === 'PUT' ? body : patched(found, type, body);
			return store(key, found, wanted as Stored, {manager, plural, part});
		} catch (error) {
			if (!(error instanceof PatchRefused)) throw error;
			return {status: 422, reason: 'Invalid', why: `the server rejected our request: ${error.message}`};
		}
	}

	function patched(found: Stored, type: string, body: unknown): unknown {
		if (type === 'application/json-patch+json') return applyJsonPatch(found, body as never);
		if (type === 'application/merge-patch+json') return applyMergePatch(found, body);
		throw new PatchRefused(`the body is ${type}`);
	}

	function store(
		key: string,
		found: Stored | undefined,
		wanted: Stored,
		{manager, plural, part}: {manager: string; plural: string; part?: string | undefined},
	): Answer {
		if (found !== undefined && wanted.metadata.resourceVersion !== found.metadata.resourceVersion) {
			return {
				status: 409,
				reason: 'Conflict',
				why: 'the object has been modified; please apply your changes to the latest version',
			};
		}
		const next: Stored =
			part === 'status' && found !== undefined
				? {...found, status: wanted.status}
				: {...wanted, ...(found === undefined ? {} : {status: found.status})};
		if (plural === 'httproutes' && !isHttpRoute(next)) {
			return {status: 422, reason: 'Invalid', why: `HTTPRoute is invalid: ${ajv.errorsText(isHttpRoute.errors)}`};
		}
		const isNewSpec = found === undefined || JSON.stringify(next.spec) !== JSON.stringify(found.spec);
		const entry = {
			manager,
			operation: 'Update',
			time: new Date(Date.now() + standIn.skewMs).toISOString(),
			...(part === undefined ? {} : {subresource: part}),
		};
		const others = ((found?.metadata['managedFields'] as (typeof entry)[] | undefined) ?? []).filter(
			(other) => other.manager !== manager || other.subresource !== entry.subresource,
		);
		const stored: Stored = {
			...next,
			metadata: {
				...next.metadata,
				uid: found?.metadata.uid ?? crypto.randomUUID(),
				resourceVersion: String(++version),
				generation: (found?.metadata.generation ?? 0) + (isNewSpec ? 1 : 0),
				managedFields: [...others, entry],
			},
		};
		objects.set(key, stored);
		return {status: found === undefined ? 201 : 200, object: stored};
	}
}

function refuse(
	response: ServerResponse,
	code: number,
	reason: string,
	message: string,
	details?: Record<string, string>,
): void {
	const status = {kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details};
	response.writeHead(code, {'content-type': 'application/json'}).end(JSON.stringify(status));
}
