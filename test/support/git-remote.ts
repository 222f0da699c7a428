import {execFile, spawn} from 'node:child_process';
import {rm, writeFile} from 'node:fs/promises';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {basename, dirname} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

/**
 * How the remote lies about a push: refuses tags; answers 502 without or after acting; cuts the connection before or
 * after acting; acts and never answers; dies with one ref checked and the next not; lets somebody else's tag in just before ours.
 */
export type PushLie =
	| 'none'
	| 'reject-tags'
	| '502-before'
	| '502-after'
	| 'cut-before'
	| 'cut-after'
	| 'hang-after'
	| 'race-tag'
	| 'die-between-refs';

export type GitRemote = {
	/** Address of the repository, over HTTP. */
	readonly url: string;
	/** How the next pushes are treated. */
	lie(kind: PushLie, tag?: string): void;
	/** Pushes that reached us. */
	pushes(): number;
	close(): Promise<void>;
};

/** A bare repository served by git's own smart HTTP backend, with a liar in front of it. */
export async function startGitRemote(bare: string): Promise<GitRemote> {
	let lie: PushLie = 'none';
	let racedTag = '';
	let pushes = 0;
	await run('git', ['--git-dir', bare, 'config', 'http.receivepack', 'true']);
	const server = createServer((request, response) => {
		const isPush = request.method === 'POST' && request.url?.endsWith('/git-receive-pack') === true;
		if (isPush) pushes++;
		void answer({request, response, bare, lie: isPush ? lie : 'none', racedTag});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${basename(bare)}`,
		lie: (kind, tag = '') => {
			lie = kind;
			racedTag = tag;
		},
		pushes: () => pushes,
		close: () =>
			new Promise((done) => {
				server.close(() => done());
				server.closeAllConnections();
			}),
	};
}

type Exchange = {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly bare: string;
	readonly lie: PushLie;
	readonly racedTag: string;
};

async function answer({request, response, bare, lie, racedTag}: Exchange): Promise<void> {
	const body = await readAll(request);
	switch (lie) {
		case '502-before':
			response.writeHead(502).end('bad gateway');
			return;
		case 'cut-before':
			request.socket.destroy();
			return;
		case 'race-tag':
			await run('git', [
				'--git-dir',
				bare,
				'-c',
				'user.name=Eve',
				'-c',
				'user.email=eve@shop.example',
				'tag',
				'--force',
				'--annotate',
				'--message',
				'somebody else',
				racedTag,
				'main',
			]);
			break;
		case 'reject-tags':
			return withHook({request, response, bare, body}, REFUSE_TAGS);
		case 'die-between-refs':
			return withHook({request, response, bare, body}, DIE_AT_THE_SECOND);
		default:
			break;
	}
	const {status, headers, content} = await backend(request, bare, body);
	switch (lie) {
		case '502-after':
			response.writeHead(502).end('bad gateway');
			return;
		case 'cut-after':
			request.socket.destroy();
			return;
		case 'hang-after':
			return;
		default:
			response.writeHead(status, headers).end(content);
	}
}

/** As a protected repository does. */
const REFUSE_TAGS = '#!/bin/sh\ncase "$1" in refs/tags/*) echo "tags are protected" >&2; exit 1;; esac\n';

/** Kills receive-pack when the second ref is looked at. */
const DIE_AT_THE_SECOND = '#!/bin/sh\n[ -e "$GIT_DIR/first" ] && kill -9 $PPID\ntouch "$GIT_DIR/first"\n';

async function withHook(
	{request, response, bare, body}: Pick<Exchange, 'request' | 'response' | 'bare'> & {body: Buffer},
	script: string,
): Promise<void> {
	const hook = `${bare}/hooks/update`;
	await writeFile(hook, script, {mode: 0o755});
	const {status, headers, content} = await backend(request, bare, body);
	await rm(hook);
	await rm(`${bare}/first`, {force: true});
	response.writeHead(status, headers).end(content);
}

async function backend(
	request: IncomingMessage,
	bare: string,
	body: Buffer,
): Promise<{status: number; headers: Record<string, string>; content: Buffer}> {
	const url = new URL(request.url ?? '/', 'http://remote');
	const child = spawn('git', ['http-backend'], {
		env: {
			PATH: process.env['PATH'] ?? '',
			GIT_PROJECT_ROOT: dirname(bare),
			GIT_HTTP_EXPORT_ALL: '1',
			PATH_INFO: url.pathname,
			QUERY_STRING: url.search.slice(1),
			REQUEST_METHOD: request.method ?? 'GET',
			CONTENT_TYPE: request.headers['content-type'] ?? '',
			HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
			HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
			CONTENT_LENGTH: String(body.length),
			REMOTE_USER: 'asha',
			REMOTE_ADDR: '127.0.0.1',
		},
		stdio: ['pipe', 'pipe', 'ignore'],
	});
	child.stdin.on('error', () => undefined);
	child.stdin.end(body);
	const output = await readAll(child.stdout);
	const end = output.indexOf('\r\n\r\n');
	const lines = output.toString('latin1', 0, end).split('\r\n');
	const headers = Object.fromEntries(
		lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const),
	);
	return {status: Number.parseInt(headers['Status'] ?? '200', 10), headers, content: output.subarray(end + 4)};
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}
