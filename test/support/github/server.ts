import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {type BareRepository, openBareRepository} from './bare-repository.js';
import {openContract} from './contract.js';
import {type Fault, type Faults, makeFaults} from './faults.js';
import {missing, ROUTES, type RouteReply, type RouteRequest} from './routes.js';
import {makeShapes} from './shapes.js';
import {type GitHubState, makeState} from './state.js';

export type RecordedRequest = {
	readonly method: string;
	/** GitHub's name of the route: `/repos/{owner}/{repo}/releases`. */
	readonly route: string;
	readonly path: string;
	readonly body: unknown;
	/** Of the answer; undefined where none was given. */
	readonly status: number | undefined;
};

/** A GitHub for tests: it keeps state, fails when told to, and holds every exchange against GitHub's own description. */
export type GitHubServer = {
	/** What GITHUB_API_URL must say. */
	readonly url: string;
	readonly state: GitHubState;
	readonly faults: Faults;
	readonly requests: readonly RecordedRequest[];
	/** Everything that the description does not allow. A test that uses the server expects this to be empty. */
	readonly problems: readonly string[];
	close(): Promise<void>;
};

export type GitHubServerOptions = {
	/** @default 'shop/sastabazar' */
	readonly repository?: string;
	/** Any other gets a 401. @default 'test-token' */
	readonly token?: string;
	/** Folder of the bare repository that stands behind it. */
	readonly git?: string;
};

/** The prefixes of an enterprise server; uploads go beside the API. */
const BASES = ['/api/v3', '/api/uploads'];

export async function startGitHub({
	repository = 'shop/sastabazar',
	token = 'test-token',
	git,
}: GitHubServerOptions = {}): Promise<GitHubServer> {
	const contract = openContract();
	const state = makeState(repository);
	const faults = makeFaults();
	const requests: RecordedRequest[] = [];
	const problems: string[] = [];
	const bare: BareRepository | undefined = git === undefined ? undefined : openBareRepository(git);
	const server = createServer((request, response) => {
		answer(request, response).catch((error: unknown) => {
			problems.push(`the stand-in broke: ${error instanceof Error ? error.stack : error}`);
			response.destroy();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const url = `${origin}${BASES[0]}`;
	const world = {state, shapes: makeShapes(url, state), git: bare};

	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const {method = 'GET'} = request;
		const {path, query} = splitTarget(new URL(request.url ?? '/', origin));
		const content = await readAll(request);
		const contentType = request.headers['content-type'];
		// An asset is bytes, whatever media type it is to be served as.
		const isAsset = method === 'POST' && path.endsWith('/assets');
		const isJson = !isAsset && contentType?.startsWith('application/json') === true && content.byteLength > 0;
		const body: unknown = isJson ? JSON.parse(content.toString('utf8')) : undefined;
		const found = contract.match(method, path);
		const name = `${method} ${found?.route ?? path}`;
		const fault = faults.take(name);

		const record = (status: number | undefined) =>
			requests.push({method, route: found?.route ?? path, path, body, status});
		const handle = async (): Promise<RouteReply> => {
			if (request.headers.authorization !== `token ${token}`) return unauthorized();
			if (!found) return missing();
			const {owner, repo} = found.parameters;
			if (`${owner}/${repo}` !== repository) return missing();
			const handler = ROUTES[name];
			if (!handler) throw new Error(`no handler for ${name}`);
			return handler(
				{parameters: found.parameters, query, body: (body ?? {}) as never, content, contentType: contentType ?? ''},
				world,
			);
		};
		const reply = await act(fault, handle, {name, query, state, content, parameters: found?.parameters ?? {}});
		if (reply === 'hang') {
			record(undefined);
			return;
		}
		if (reply === 'nothing') {
			record(undefined);
			response.destroy();
			return;
		}
		const {headers, text, value} = render(reply, {url, path, query});
		problems.push(...contract.check({method, path, query, contentType, body, status: reply.status, reply: value}));
		record(reply.status);
		response.writeHead(reply.status, {...headers, ...reply.headers}).end(text);
	}

	return {
		url,
		state,
		faults,
		requests,
		problems,
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

type FaultyReply = RouteReply & {readonly headers?: Readonly<Record<string, string>>};

/** Lets a request go as planned, or wrong: before it acts, after it has, or without an answer. */
async function act(
	fault: Fault | undefined,
	handle: () => Promise<RouteReply>,
	request: Pick<RouteRequest, 'query' | 'content' | 'parameters'> & {
		readonly name: string;
		readonly state: GitHubState;
	},
): Promise<FaultyReply | 'hang' | 'nothing'> {
	switch (fault?.kind) {
		case undefined:
			return handle();
		case 'lost':
			await handle();
			return 'nothing';
		case 'cut':
			return 'nothing';
		case 'hang':
			return 'hang';
		case '502-before':
			return badGateway();
		case '502-after':
			await handle();
			return badGateway();
		case 'twice':
			await handle();
			await delay(1);
			return handle();
		case 'starter':
			leaveStarter(request);
			return badGateway();
		case 'answer':
			return {
				status: fault.status,
				body: fault.body ?? {message: 'as told'},
				...(fault.headers ? {headers: fault.headers} : {}),
			};
		default:
			return fault satisfies never;
	}
}

function leaveStarter({state, parameters, query, content}: Parameters<typeof act>[2]): void {
	const release = state.releases.find(({id}) => id === Number(parameters['release_id']));
	release?.assets.push({
		id: state.nextId(),
		name: query.get('name') ?? '',
		contentType: 'application/octet-stream',
		content: content.subarray(0, 0),
		digest: null,
		state: 'starter',
	});
}

function badGateway(): RouteReply {
	return {status: 502, body: {message: 'Server Error'}};
}

function unauthorized(): RouteReply {
	return {status: 401, body: {message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest'}};
}

function splitTarget(target: URL): {path: string; query: URLSearchParams} {
	const base = BASES.find((prefix) => target.pathname.startsWith(`${prefix}/`)) ?? '';
	return {path: target.pathname.slice(base.length), query: target.searchParams};
}

function render(
	reply: RouteReply,
	{url, path, query}: {url: string; path: string; query: URLSearchParams},
): {headers: Record<string, string>; text: string | undefined; value: unknown} {
	const page = reply.list ? pageOf(reply.list, query, `${url}${path}`) : undefined;
	const value = page ? page.items : reply.body;
	return {
		headers: {
			...(value === undefined ? {} : {'content-type': 'application/json; charset=utf-8'}),
			...(page?.link ? {link: page.link} : {}),
			'x-accepted-github-permissions': 'contents=write',
		},
		text: value === undefined ? undefined : JSON.stringify(value),
		value,
	};
}

function pageOf(
	list: readonly unknown[],
	query: URLSearchParams,
	address: string,
): {items: unknown[]; link: string | undefined} {
	const size = Number(query.get('per_page') ?? 30);
	const page = Number(query.get('page') ?? 1);
	const next = new URLSearchParams(query);
	next.set('page', String(page + 1));
	return {
		items: list.slice((page - 1) * size, page * size),
		link: list.length > page * size ? `<${address}?${next}>; rel="next"` : undefined,
	};
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}
