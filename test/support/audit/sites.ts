import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {dirname, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {freePort} from '../../../src/local/free-port.js';
import {nginxPath} from '../proxies/nginx.js';
import type {Authority, CertificateWish} from './authority.js';

/** A site that nginx serves: what is not said is as it should be. */
export type SiteWish = {
	/** A word; the folder of its files. */
	readonly name: string;
	/** @default a good one for shop.example */
	readonly certificate?: Omit<CertificateWish, 'name'>;
	/** In place of the good directives of TLS. */
	readonly tls?: string;
	/** Of the https server: in place of a good HSTS header. */
	readonly headers?: string;
	/** Of the https server: in place of serving the files. */
	readonly https?: string;
	/** Of the plain server: in place of a redirect to https. */
	readonly http?: string;
	/** Beside the good ones, by path. Undefined takes a good one away. */
	readonly files?: Readonly<Record<string, string | Buffer | undefined>>;
};

export type ServedSite = {readonly port: number; readonly httpPort: number};

export type Sites = {
	of(name: string): ServedSite;
	stop(): Promise<void>;
};

const GOOD_TLS = `ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;`;
const GOOD_HEADERS = 'add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;';

const GOOD_FILES: Readonly<Record<string, string>> = {
	'index.html':
		'<!doctype html><html><head><title>Shop</title><link rel="stylesheet" href="/assets/shop.css"><script src="/assets/shop.js" defer></script></head><body><h1>Shop</h1><img src="/assets/logo.svg" alt=""><a href="/products/">Products</a></body></html>',
	'assets/shop.css': 'body{color:#222}',
	'assets/shop.js': 'document.title = "Shop";',
	'assets/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
	'products/index.html': '<!doctype html><title>Products</title>',
	'robots.txt': 'User-agent: *\nAllow: /\n',
	'.well-known/security.txt': `Contact: mailto:security@shop.example\nExpires: ${new Date(Date.now() + 180 * 86_400_000).toISOString()}\n`,
};

/** One nginx with a pair of ports for each site. The caller stops it. */
export async function startSites(wishes: readonly SiteWish[], authority: Authority, folder: string): Promise<Sites> {
	const served = new Map<string, ServedSite>();
	const servers: string[] = [];
	const good = await authority.issue({name: 'good'});
	const ports = new Set<number>();
	/** Nobody listens until nginx does: the same one may come twice. */
	const anotherPort = async (): Promise<number> => {
		const port = await freePort();
		if (ports.has(port)) return anotherPort();
		ports.add(port);
		return port;
	};
	for (const wish of wishes) {
		const site = {port: await anotherPort(), httpPort: await anotherPort()};
		served.set(wish.name, site);
		const root = join(folder, wish.name);
		await writeFiles(root, {...GOOD_FILES, ...wish.files});
		servers.push(await serverOf(wish, {...site, root, authority, good}));
	}
	const config = join(folder, 'nginx.conf');
	await writeFile(config, makeConfig(folder, servers));
	const child = spawn(
		nginxPath() ?? 'nginx',
		['-p', folder, '-c', config, '-e', join(folder, 'error.log'), '-g', 'daemon off;'],
		{
			stdio: ['ignore', 'ignore', 'pipe'],
			detached: true,
		},
	);
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	const first = [...served.values()][0]?.port ?? 0;
	for (const limit = Date.now() + 10_000; !(await isListening(first)); await delay(20)) {
		if (child.exitCode !== null || Date.now() > limit) throw new Error(`nginx does not start\n${said}`);
	}
	return {
		of(name) {
			const site = served.get(name);
			if (site === undefined) throw new Error(`there is no site ${name}`);
			return site;
		},
		async stop() {
			if (child.exitCode === null && child.signalCode === null) {
				const ended = once(child, 'exit');
				child.kill('SIGTERM');
				await Promise.race([ended, delay(3000)]);
			}
			try {
				if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
			} catch {
				// It has ended already.
			}
		},
	};
}

type Served = ServedSite & {
	readonly root: string;
	readonly authority: Authority;
	readonly good: Awaited<ReturnType<Authority['issue']>>;
};

async function serverOf(wish: SiteWish, {port, httpPort, root, authority, good}: Served): Promise<string> {
	const {certificate, key} =
		wish.certificate === undefined ? good : await authority.issue({...wish.certificate, name: wish.name});
	return `server {
	listen 127.0.0.1:${port} ssl;
	server_name shop.example;
	root ${root};
	ssl_certificate ${certificate};
	ssl_certificate_key ${key};
	${wish.tls ?? GOOD_TLS}
	${wish.headers ?? GOOD_HEADERS}
	${(wish.https ?? 'location / { try_files $uri $uri/ =404; }').replaceAll('PLAIN', String(httpPort))}
}
server {
	listen 127.0.0.1:${httpPort};
	server_name shop.example;
	root ${root};
	${(wish.http ?? 'return 301 https://$host:PORT$request_uri;').replaceAll('PORT', String(port))}
}`;
}

async function writeFiles(root: string, files: NonNullable<SiteWish['files']>): Promise<void> {
	for (const [path, content] of Object.entries(files)) {
		if (content === undefined) continue;
		await mkdir(dirname(join(root, path)), {recursive: true});
		await writeFile(join(root, path), content);
	}
}

function makeConfig(folder: string, servers: readonly string[]): string {
	const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
		(name) => `${name}_temp_path ${join(folder, `tmp-${name}`)};`,
	);
	return `user ${process.getuid?.() === 0 ? 'root' : 'www-data'};
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')} warn;
events { worker_connections 256; }
http {
	${temporary.join('\n\t')}
	access_log off;
	server_tokens off;
	types { text/html html; text/css css; text/javascript js; image/svg+xml svg; text/plain txt; application/json json map; }
	default_type application/octet-stream;
	${servers.join('\n')}
}
`;
}

function isListening(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect({host: '127.0.0.1', port});
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});
}
