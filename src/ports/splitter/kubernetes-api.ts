import {
	CustomObjectsApi,
	createConfiguration,
	type KubeConfig,
	PatchStrategy,
	ServerConfiguration,
	setHeaderOptions,
} from '@kubernetes/client-node';
import {SastaError} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import {type KubernetesAddress, loadKubeConfig} from './kubernetes-config.js';
import {isAmbiguous, isPassing, kubernetesError, RequestFailed, readFailure} from './kubernetes-errors.js';

/** One object of a custom resource. */
export type ObjectName = {
	readonly group: string;
	readonly version: string;
	readonly plural: string;
	readonly name: string;
};

/** An object as the API server has it, and the server's clock. */
export type Stored = {readonly object: unknown; readonly serverMs: number};

/** RFC 6902. */
export type PatchStep =
	| {readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown}
	| {readonly op: 'remove'; readonly path: string};

/**
 * `conflict` where the object is no longer as the patch says, `unknown` where the answer was lost: both want to be read
 * again. `refused` where the server does not take what the patch makes, which a `test` that fails looks like, too.
 */
export type Patched =
	| {readonly kind: 'done'}
	| {readonly kind: 'conflict' | 'unknown' | 'refused'; readonly why: SastaError};

/** The part of the Kubernetes API that a splitter needs; every request is bounded in time. */
export type KubernetesApi = {
	/** For people: the context and its server. */
	readonly where: string;
	readonly namespace: string;
	/** @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_REFUSED, SPLITTER_UNKNOWN where there is no such object */
	get(name: ObjectName): Promise<Stored>;
	/** All steps or none. @throws SastaError as `get` does */
	patch(name: ObjectName, steps: readonly PatchStep[]): Promise<Patched>;
	/** Merges a change into what an object reports (`status`), or into the object. Safe to send twice. Throws as `get` does. */
	merge(name: ObjectName, part: 'status' | 'object', change: object): Promise<void>;
};

export type KubernetesHost = Pick<Host, 'sleep' | 'addSecret' | 'env'>;

const TIMEOUT_MS = 5000;
/** Getting credentials first may take a plugin of the kubeconfig that logs in over the network. */
const WITH_PLUGIN_MS = 20_000;
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** Named in managedFields, so that everybody sees who changed what. */
export const FIELD_MANAGER = 'sastaops';

/**
 * Loads the kubeconfig; nothing is asked yet. This file, and with it the client, is loaded for this splitter alone. Names are
 * imported one by one: whoever asks for the whole client gets the types of every Kubernetes resource, four times the size.
 * @throws SastaError SPLITTER_UNKNOWN where the kubeconfig is missing or does not hold together
 */
export function openKubernetesApi(address: KubernetesAddress, host: KubernetesHost): KubernetesApi {
	const {config, where, namespace} = loadKubeConfig(address, host);
	const api = openClient(config);
	const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
	const target = (name: ObjectName) => ({...name, namespace});
	const what = ({plural, name}: ObjectName) => `${plural}/${name} in namespace ${namespace}`;

	return {
		where,
		namespace,
		async get(name) {
			try {
				const {data, headers} = await persist(host, () => api.getNamespacedCustomObjectWithHttpInfo(target(name)));
				return {object: data, serverMs: readClock(headers, where)};
			} catch (error) {
				throw told(error, {where, what: what(name), verb: 'get'});
			}
		},
		async patch(name, steps) {
			try {
				await bounded(() =>
					api.patchNamespacedCustomObject({...target(name), body: steps, fieldManager: FIELD_MANAGER}),
				);
				return {kind: 'done'};
			} catch (error) {
				const why = told(error, {where, what: what(name), verb: 'patch'});
				const failure = readFailure(error);
				if (failure === undefined || !(why instanceof SastaError)) throw why;
				if (failure.status === 409 || failure.status === 410 || failure.status === 429) return {kind: 'conflict', why};
				if (isAmbiguous(failure)) return {kind: 'unknown', why};
				if (failure.status === 400 || failure.status === 422) return {kind: 'refused', why};
				throw why;
			}
		},
		async merge(name, part, change) {
			const request = {...target(name), body: change, fieldManager: FIELD_MANAGER};
			try {
				await persist(host, () =>
					part === 'status'
						? api.patchNamespacedCustomObjectStatus(request, asMerge)
						: api.patchNamespacedCustomObject(request, asMerge),
				);
			} catch (error) {
				throw told(error, {where, what: what(name), verb: 'patch'});
			}
		},
	};
}

function openClient(config: KubeConfig): CustomObjectsApi {
	const configuration = createConfiguration({
		baseServer: new ServerConfiguration(config.getCurrentCluster()?.server ?? '', {}),
		authMethods: {default: config},
		promiseMiddleware: [
			{
				pre: async (request) => {
					request.setSignal(AbortSignal.timeout(TIMEOUT_MS));
					return request;
				},
				post: async (response) => response,
			},
		],
	});
	return new CustomObjectsApi(configuration);
}

/** Asks again where that may help; only for what may be sent twice. */
async function persist<T>(host: KubernetesHost, work: () => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await bounded(work);
		} catch (error) {
			const failure = readFailure(error);
			if (failure === undefined || !isPassing(failure) || attempt >= ATTEMPTS) throw error;
			const waitMs = failure.retryAfterMs ?? FIRST_DELAY_MS * 2 ** (attempt - 1);
			await host.sleep(Math.min(waitMs, LONGEST_WAIT_MS));
		}
	}
}

async function bounded<T>(work: () => Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(
			() => reject(new Error(`no credentials and no answer within ${WITH_PLUGIN_MS / 1000} s`)),
			WITH_PLUGIN_MS,
		);
	});
	try {
		return await Promise.race([work(), late]);
	} catch (error) {
		const failure = readFailure(error);
		throw failure === undefined ? error : new RequestFailed(failure, error);
	} finally {
		clearTimeout(timer);
	}
}

function told(error: unknown, asked: Parameters<typeof kubernetesError>[1]): unknown {
	const failure = readFailure(error);
	if (failure === undefined || error instanceof SastaError) return error;
	return kubernetesError(failure, asked, error instanceof RequestFailed ? error.cause : error);
}

/** What a lease is measured by; whole seconds. */
function readClock(headers: Readonly<Record<string, string>>, where: string): number {
	const ms = Date.parse(headers['date'] ?? '');
	if (!Number.isNaN(ms)) return ms;
	throw new SastaError('SPLITTER_UNKNOWN', `Kubernetes ${where} does not tell its clock`, {
		hint: 'Something in between takes the Date header away; connect to the API server itself',
	});
}
