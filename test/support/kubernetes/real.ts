import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import {Agent, request} from 'undici';
import {parse} from 'yaml';
import {freePort} from '../../../src/local/free-port.js';
import type {ApiServer} from './world.js';

export type RealApiServer = ApiServer & {close(): Promise<void>};

const ADMIN_TOKEN = 'proof-admin-token-0123456789';

/** A folder that scripts/kubernetes-proof has filled, or none: then only the stand-in is tried. */
export const REAL_PARTS = process.env['SASTAOPS_TEST_KUBERNETES'];

/** Starts etcd and kube-apiserver in a folder of their own, and installs the published CRDs. */
export async function startRealApiServer(parts: string): Promise<RealApiServer> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-kubernetes-'));
	const children: ChildProcess[] = [];
	const close = async () => {
		for (const child of children.reverse()) {
			if (child.exitCode !== null || child.signalCode !== null) continue;
			const ended = new Promise((done) => child.once('exit', done));
			child.kill('SIGKILL');
			await ended;
		}
		await rm(folder, {recursive: true, force: true});
	};
	const start = (program: string, args: readonly string[]) => {
		const child = spawn(join(parts, program), [...args], {stdio: ['ignore', 'ignore', 'pipe']});
		let said = '';
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			said = (said + text).slice(-4000);
		});
		children.push(child);
		return () => said;
	};
	try {
		const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
		start('etcd', [
			...['--data-dir', join(folder, 'etcd')],
			...[
				'--listen-client-urls',
				`http://127.0.0.1:${client}`,
				'--advertise-client-urls',
				`http://127.0.0.1:${client}`,
			],
			...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
			...[
				'--initial-advertise-peer-urls',
				`http://127.0.0.1:${peer}`,
				'--initial-cluster',
				`default=http://127.0.0.1:${peer}`,
			],
			...['--unsafe-no-fsync', '--log-level', 'error'],
		]);
		await mkdir(join(folder, 'certs'));
		await promisify(execFile)('openssl', ['genrsa', '-out', join(folder, 'accounts.key'), '2048']);
		await writeFile(join(folder, 'tokens.csv'), `${ADMIN_TOKEN},admin,admin,system:masters\n`);
		const said = start('kube-apiserver', [
			...['--etcd-servers', `http://127.0.0.1:${client}`, '--bind-address', '127.0.0.1', '--secure-port', String(port)],
			...['--cert-dir', join(folder, 'certs'), '--token-auth-file', join(folder, 'tokens.csv')],
			...['--service-account-issuer', 'https://proof.invalid', '--authorization-mode', 'RBAC'],
			...['--service-account-key-file', join(folder, 'accounts.key')],
			...['--service-account-signing-key-file', join(folder, 'accounts.key')],
			...['--service-cluster-ip-range', '10.0.0.0/24'],
		]);
		const server = {
			url: `https://127.0.0.1:${port}`,
			token: ADMIN_TOKEN,
			caFile: join(folder, 'certs', 'apiserver.crt'),
		};
		await waitUntilReady(server, said);
		await installCrds(server, [join(parts, 'gateway-crds'), join(parts, 'argo-crds')]);
		return {...server, close};
	} catch (error) {
		await close();
		throw error;
	}
}

async function waitUntilReady(server: ApiServer, said: () => string): Promise<void> {
	for (let tries = 0; tries < 240; tries++) {
		const {status} = await send(server, 'GET', '/readyz').catch(() => ({status: 0}));
		if (status === 200) return;
		await delay(500);
	}
	throw new Error(`kube-apiserver did not get ready: ${said()}`);
}

async function installCrds(server: ApiServer, folders: readonly string[]): Promise<void> {
	const paths: string[] = [];
	for (const folder of folders) {
		for (const file of await readdir(folder)) {
			if (!/httproutes|rollout-crd/.test(file)) continue;
			const crd = parse(await readFile(join(folder, file), 'utf8')) as Crd;
			const {status, text} = await send(server, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
			if (status >= 300) throw new Error(`${file}: ${status} ${text}`);
			const version = crd.spec.versions.find(({storage}) => storage)?.name;
			paths.push(`/apis/${crd.spec.group}/${version}/${crd.spec.names.plural}`);
		}
	}
	for (const path of paths) {
		for (let tries = 0; (await send(server, 'GET', path)).status !== 200; tries++) {
			if (tries > 100) throw new Error(`${path} is not served`);
			await delay(200);
		}
	}
}

type Crd = {spec: {group: string; names: {plural: string}; versions: {name: string; storage: boolean}[]}};

async function send(server: ApiServer, method: 'GET' | 'POST', path: string, body?: object) {
	const dispatcher = new Agent({connect: {rejectUnauthorized: false}});
	try {
		const answer = await request(`${server.url}${path}`, {
			method,
			dispatcher,
			headers: {authorization: `Bearer ${server.token}`, 'content-type': 'application/json'},
			...(body === undefined ? {} : {body: JSON.stringify(body)}),
		});
		return {status: answer.statusCode, text: await answer.body.text()};
	} finally {
		await dispatcher.destroy();
	}
}
