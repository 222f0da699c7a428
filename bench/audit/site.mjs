// A good small shop over TLS, and the same one turned hostile.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';

const HEADERS = {
	'strict-transport-security': 'max-age=63072000; includeSubDomains',
	'content-security-policy':
		"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'strict-origin-when-cross-origin',
	'permissions-policy': 'camera=(), microphone=(), geolocation=()',
	'cross-origin-opener-policy': 'same-origin',
};

const BOMB = gzipSync(Buffer.alloc(200_000_000));
const HEALTH = JSON.stringify({
	status: 'ok',
	version: '1.2.0',
	checks: {database: {status: 'up', latencyMs: 1}},
	maintenance: false,
});

/** What each kind of site answers to everything. */
const ANSWERS = {
	shop(request, response) {
		if (request.url === '/')
			response.writeHead(200, {...HEADERS, 'content-type': 'text/html'}).end('<!doctype html><title>Shop</title>');
		else if (request.url === '/api/health')
			response
				.writeHead(200, {...HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store'})
				.end(HEALTH);
		else response.writeHead(404, HEADERS).end('no');
	},
	'100 MB page': (_request, response) => {
		response.writeHead(200, {...HEADERS, 'content-type': 'text/html'});
		const chunk = Buffer.alloc(100_000, 'a');
		let left = 1000;
		const write = () => {
			while (left-- > 0) if (!response.write(chunk)) return response.once('drain', write);
			return response.end();
		};
		write();
	},
	'gzip bomb': (_request, response) =>
		response.writeHead(200, {...HEADERS, 'content-type': 'text/html', 'content-encoding': 'gzip'}).end(BOMB),
	'60 KB of headers': (_request, response) => {
		for (let index = 0; index < 400; index++) response.setHeader(`x-${index}`, 'a'.repeat(140));
		response.writeHead(200, {'content-type': 'text/html'}).end('<!doctype html>');
	},
};
export const HOSTILE = Object.keys(ANSWERS).filter((kind) => kind !== 'shop');

/** Listens on a port of its own; `ca` is the file of its root. */
export async function serveSite() {
	const folder = mkdtempSync(join(tmpdir(), 'sastaops-bench-site-'));
	const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
	const subject = ['-subj', '/CN=shop.example', '-addext', 'subjectAltName=DNS:shop.example'];
	const argv = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '90', '-keyout', key, '-out', certificate];
	execFileSync('openssl', [...argv, ...subject], {stdio: 'ignore'});
	let kind = 'shop';
	const server = createServer({key: readFileSync(key), cert: readFileSync(certificate)}, (request, response) =>
		ANSWERS[kind](request, response),
	);
	server.on('tlsClientError', () => undefined);
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	writeFileSync(join(folder, 'sastaops.yaml'), 'database: none\n');
	return {
		folder,
		ca: certificate,
		port: server.address().port,
		become: (next) => {
			kind = next;
		},
		close() {
			server.closeAllConnections();
			server.close();
			rmSync(folder, {recursive: true, force: true});
		},
	};
}
