import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Agent, request} from 'undici';
import {onTestFinished} from 'vitest';
import {openKubernetes} from '../../../src/ports/splitter/kubernetes.js';
import {temporaryFolder} from '../folder.js';
import {makeTestHost} from '../host.js';
import {type KubernetesStandIn, STAND_IN_TOKEN, startKubernetesStandIn} from './stand-in.js';

/** An API server, however it came to be. */
export type ApiServer = {
	readonly url: string;
	readonly token: string;
	/** Undefined where it speaks plainly, as the stand-in does. */
	readonly caFile: string | undefined;
};

export type KubernetesObject = {
	metadata: {
		name: string;
		uid: string;
		resourceVersion: string;
		generation: number;
		annotations?: Record<string, string>;
		[key: string]: unknown;
	};
	spec: {
		rules: {backendRefs: {name: string; port?: number; weight?: number}[]; [key: string]: unknown}[];
		[key: string]: unknown;
	};
	status?: Record<string, unknown>;
	[key: string]: unknown;
};

/** One namespace of an API server, and a splitter that steers a route there. */
export type KubernetesWorld = ApiServer & {
	readonly namespace: string;
	readonly kubeconfig: string;
	send(method: string, path: string, body?: unknown, type?: string): Promise<{status: number; body: unknown}>;
	create(object: object): Promise<void>;
	get(name: string, kind?: Kind): Promise<KubernetesObject>;
	/** What another hand does, by another tool. */
	edit(
		name: string,
		change: (object: KubernetesObject) => void,
		options?: {kind?: Kind; manager?: string},
	): Promise<void>;
	/** Weights of the first rule, by Service. */
	weights(name?: string): Promise<Record<string, number | undefined>>;
};

type Kind = 'httproutes' | 'rollouts';
const PATHS = {httproutes: '/apis/gateway.networking.k8s.io/v1', rollouts: '/apis/argoproj.io/v1alpha1'};

let worlds = 0;

export async function makeWorld(server: ApiServer, isReal: boolean): Promise<KubernetesWorld> {
	const namespace = `shop-${process.pid}-${++worlds}`;
	const folder = await temporaryFolder();
	const kubeconfig = join(folder, 'kubeconfig');
	await writeFile(kubeconfig, kubeconfigOf(server, namespace));
	const dispatcher = new Agent(server.caFile === undefined ? {} : {connect: {rejectUnauthorized: false}});
	onTestFinished(() => dispatcher.destroy());
	const world: KubernetesWorld = {
		...server,
		namespace,
		kubeconfig,
		async send(method, path, body, type = 'application/json') {
			const answer = await request(`${server.url}${path}`, {
				method: method as 'GET',
				dispatcher,
				headers: {authorization: `Bearer ${server.token}`, ...(body === undefined ? {} : {'content-type': type})},
				...(body === undefined ? {} : {body: JSON.stringify(body)}),
			});
			return {status: answer.statusCode, body: await answer.body.json()};
		},
		async create(object) {
			const {kind} = object as {kind: string};
			const plural = kind === 'HTTPRoute' ? 'httproutes' : 'rollouts';
			await must(
				world.send('POST', `${PATHS[plural]}/namespaces/${namespace}/${plural}?fieldManager=kubectl-create`, object),
			);
		},
		get: async (name, kind = 'httproutes') => (await must(world.send('GET', pathOf(name, kind)))) as KubernetesObject,
		async edit(name, change, {kind = 'httproutes', manager = 'kubectl-edit'} = {}) {
			const object = await world.get(name, kind);
			change(object);
			await must(world.send('PUT', `${pathOf(name, kind)}?fieldManager=${manager}`, object));
		},
		async weights(name = 'shop') {
			const {spec} = await world.get(name);
			return Object.fromEntries((spec.rules[0]?.backendRefs ?? []).map((ref) => [ref.name, ref.weight]));
		},
	};
	if (isReal) {
		const object = {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}};
		await must(world.send('POST', '/api/v1/namespaces', object));
	}
	return world;

	function pathOf(name: string, kind: Kind): string {
		return `${PATHS[kind]}/namespaces/${namespace}/${kind}/${name}`;
	}
}

/** A world of its own on a stand-in of its own, with what makes it misbehave. */
export async function startStandInWorld(): Promise<KubernetesWorld & {readonly server: KubernetesStandIn}> {
	const server = await startKubernetesStandIn();
	onTestFinished(server.close);
	return {...(await makeWorld({url: server.url, token: STAND_IN_TOKEN, caFile: undefined}, false)), server};
}

export async function openRoute(world: KubernetesWorld, options: Partial<Parameters<typeof openKubernetes>[0]> = {}) {
	const host = makeTestHost();
	const {kubeconfig} = world;
	return openKubernetes({kubeconfig, route: 'shop', stable: 'shop-stable', canary: 'shop-canary', ...options}, host);
}

export function kubeconfigOf({url, token, caFile}: ApiServer, namespace: string): string {
	const tls = caFile === undefined ? 'insecure-skip-tls-verify: true' : `certificate-authority: ${caFile}`;
	return `apiVersion: v1
kind: Config
current-context: shop
clusters:
  - {name: one, cluster: {server: "${url}", ${tls}}}
users:
  - {name: operator, user: {token: "${token}"}}
contexts:
  - {name: shop, context: {cluster: one, user: operator, namespace: ${namespace}}}
`;
}

export function httpRoute(rules: object[] = [splitRule()]): object {
	return {
		apiVersion: 'gateway.networking.k8s.io/v1',
		kind: 'HTTPRoute',
		metadata: {name: 'shop'},
		spec: {parentRefs: [{name: 'public'}], hostnames: ['shop.example'], rules},
	};
}

export function splitRule(
	backends: readonly {name: string; weight?: number}[] = [
		{name: 'shop-stable', weight: 100},
		{name: 'shop-canary', weight: 0},
	],
): object {
	return {
		matches: [{path: {type: 'PathPrefix', value: '/'}}],
		backendRefs: backends.map((backend) => ({...backend, port: 3000})),
	};
}

async function must(sending: Promise<{status: number; body: unknown}>): Promise<unknown> {
	const {status, body} = await sending;
	if (status >= 300) throw new Error(`the API server answers ${status}: ${JSON.stringify(body)}`);
	return body;
}
