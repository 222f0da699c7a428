import {execFileSync} from 'node:child_process';
import {chmod, readFile, writeFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:https';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import type {TLSSocket} from 'node:tls';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openKubernetesApi} from '../../../src/ports/splitter/kubernetes-api.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';

const ROUTE = {group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes', name: 'shop'};

type Seen = {authorization: string | undefined; certificate: string | undefined};

/** A server with a certificate of its own authority, that answers who asked. */
async function startTlsServer(): Promise<{folder: string; url: string; seen: Seen[]}> {
	const folder = await temporaryFolder();
	const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: folder, stdio: 'pipe'});
	const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
	await writeFile(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1');
	openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=authority', '-days', '2');
	for (const name of ['server', 'operator']) {
		openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
		const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
		openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signer);
	}
	const read = (name: string) => readFile(join(folder, name));
	const seen: Seen[] = [];
	const server: Server = createServer(
		{
			...{cert: await read('server.crt'), key: await read('server.key'), ca: await read('ca.crt')},
			...{requestCert: true, rejectUnauthorized: false},
		},
		(request, response) => {
			const {subject} = (request.socket as TLSSocket).getPeerCertificate();
			seen.push({authorization: request.headers.authorization, certificate: subject?.CN?.toString()});
			response.writeHead(200, {'content-type': 'application/json'}).end('{"kind":"HTTPRoute"}');
		},
	);
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return {folder, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, seen};
}

async function writeConfig(folder: string, url: string, user: string, cluster = 'certificate-authority: ca.crt') {
	const path = join(folder, 'kubeconfig');
	await writeFile(
		path,
		`apiVersion: v1
kind: Config
current-context: one
clusters: [{name: c, cluster: {server: "${url}", ${cluster}}}]
users: [{name: u, user: {${user}}}]
contexts:
  - {name: one, context: {cluster: c, user: u}}
  - {name: two, context: {cluster: c, user: u, namespace: shop}}
  - {name: torn, context: {cluster: absent, user: u}}
`,
	);
	return path;
}

describe('the kubeconfig of a Kubernetes splitter', () => {
	it('is taken with a token, a client’s certificate, a password, a token from a file or from a plugin', async () => {
		const {folder, url, seen} = await startTlsServer();
		await writeFile(join(folder, 'token'), 'token-in-a-file');
		const plugin = join(folder, 'plugin');
		const credential = {
			apiVersion: 'client.authentication.k8s.io/v1',
			kind: 'ExecCredential',
			status: {token: 'by-plugin'},
		};
		await writeFile(plugin, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
		await chmod(plugin, 0o755);
		const basic = Buffer.from('anna:a-password').toString('base64');
		const users = [
			['token: my-token', 'Bearer my-token', undefined],
			['client-certificate: operator.crt, client-key: operator.key', undefined, 'operator'],
			['username: anna, password: a-password', `Basic ${basic}`, undefined],
			[`tokenFile: ${join(folder, 'token')}`, 'Bearer token-in-a-file', undefined],
			[
				`exec: {apiVersion: client.authentication.k8s.io/v1, command: ${plugin}, interactiveMode: Never}`,
				'Bearer by-plugin',
				undefined,
			],
		] as const;
		for (const [user, authorization, certificate] of users) {
			const kubeconfig = await writeConfig(folder, url, user);
			const api = openKubernetesApi({kubeconfig}, makeTestHost());
			await api.get(ROUTE);
			expect(seen.at(-1)).toEqual({authorization, certificate});
		}
	});

	it('gives the namespace of its context, unless another is wanted, and `default` where it says none', async () => {
		const {folder, url} = await startTlsServer();
		const kubeconfig = await writeConfig(folder, url, 'token: a-token');
		const namespaceOf = async (address: object) =>
			openKubernetesApi({kubeconfig, ...address}, makeTestHost()).namespace;
		expect(await namespaceOf({})).toBe('default');
		expect(await namespaceOf({context: 'two'})).toBe('shop');
		expect(await namespaceOf({context: 'two', namespace: 'other'})).toBe('other');
	});

	it('trusts no certificate but of its authority', async () => {
		const {folder, url, seen} = await startTlsServer();
		const other = await startTlsServer();
		const kubeconfig = await writeConfig(
			folder,
			url,
			'token: a-token',
			`certificate-authority: ${other.folder}/ca.crt`,
		);
		const api = openKubernetesApi({kubeconfig}, makeTestHost());
		await expect(api.get(ROUTE)).rejects.toMatchObject({code: 'SPLITTER_UNREACHABLE'});
		expect(seen).toEqual([]);
	});

	it('says what is wrong with one that cannot be used', async () => {
		const {folder, url} = await startTlsServer();
		const kubeconfig = await writeConfig(folder, url, 'token: a-token');
		const open = async (address: object) => openKubernetesApi({kubeconfig, ...address}, makeTestHost());
		const wrong = {code: 'SPLITTER_UNKNOWN', exitCode: 2};
		await expect(open({context: 'three'})).rejects.toMatchObject({...wrong, message: expect.stringContaining('three')});
		await expect(open({context: 'torn'})).rejects.toMatchObject({...wrong, message: expect.stringContaining('torn')});
		await expect(open({kubeconfig: join(folder, 'none')})).rejects.toMatchObject(wrong);
		await writeFile(join(folder, 'text'), 'a: [');
		await expect(open({kubeconfig: join(folder, 'text')})).rejects.toMatchObject(wrong);
		await writeFile(join(folder, 'empty'), '');
		await expect(open({kubeconfig: join(folder, 'empty')})).rejects.toMatchObject(wrong);
		const plain = await writeConfig(folder, 'http://127.0.0.1:1', 'token: a-token', 'tls-server-name: x');
		await expect(open({kubeconfig: plain})).rejects.toMatchObject({
			...wrong,
			message: expect.stringContaining('clear'),
		});
	});

	it('says what a plugin says that gives no credentials, and masks what it gave', async () => {
		const {folder, url} = await startTlsServer();
		const plugin = join(folder, 'plugin');
		await writeFile(plugin, '#!/bin/sh\necho "log in first" >&2\nexit 3\n');
		await chmod(plugin, 0o755);
		const kubeconfig = await writeConfig(folder, url, `exec: {apiVersion: v1, command: ${plugin}}`);
		const api = openKubernetesApi({kubeconfig}, makeTestHost({sleep: async () => undefined}));
		await expect(api.get(ROUTE)).rejects.toMatchObject({
			code: 'SPLITTER_UNREACHABLE',
			message: expect.stringContaining('log in first'),
		});
	});

	it('shows neither token nor password', async () => {
		const {folder, url} = await startTlsServer();
		const host = makeTestHost();
		const kubeconfig = await writeConfig(folder, url, 'token: secret-token, username: anna, password: secret-password');
		openKubernetesApi({kubeconfig}, host);
		expect(host.redact('secret-token secret-password')).toBe('*** ***');
	});
});
