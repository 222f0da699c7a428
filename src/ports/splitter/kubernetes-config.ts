import {readFileSync} from 'node:fs';
import {delimiter, dirname, join, resolve} from 'node:path';
import {KubeConfig} from '@kubernetes/client-node';
import {parse} from 'yaml';
import * as z from 'zod';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';

export type KubernetesAddress = {
	/** A kubeconfig file; without it what kubectl takes: KUBECONFIG, ~/.kube/config, else the service account of the pod. */
	readonly kubeconfig?: string | undefined;
	/** @default the current one of the kubeconfig */
	readonly context?: string | undefined;
	/** @default the context's, else `default` */
	readonly namespace?: string | undefined;
};

export type LoadedKubeConfig = {
	readonly config: KubeConfig;
	/** For people. */
	readonly where: string;
	readonly namespace: string;
};

/** Where a pod finds the account it runs as: its one way to the API. */
const IN_CLUSTER = 'inClusterContext';

/** @throws SastaError SPLITTER_UNKNOWN where it is missing or does not hold together */
export function loadKubeConfig(
	{kubeconfig, context, namespace}: KubernetesAddress,
	host: Pick<Host, 'env' | 'addSecret'>,
): LoadedKubeConfig {
	const config = new KubeConfig();
	const files = kubeconfig ?? host.env['KUBECONFIG'] ?? '';
	try {
		if (kubeconfig === undefined) config.loadFromDefault();
		else config.loadFromFile(kubeconfig);
		if (context !== undefined) config.setCurrentContext(context);
		for (const file of files === '' ? [join(host.env['HOME'] ?? '', '.kube', 'config')] : files.split(delimiter))
			readTokenFiles(config, file);
	} catch (error) {
		throw unusable(`The kubeconfig ${files || 'of this machine'} cannot be read: ${errorMessage(error)}`, error);
	}
	const name = config.getCurrentContext();
	const found = config.getContextObject(name);
	const cluster = config.getCurrentCluster();
	// What the client falls back to where there is nothing at all.
	if (cluster?.server === 'http://localhost:8080' && config.getCurrentUser()?.name === 'user') {
		throw unusable('There is no kubeconfig on this machine, and it is no pod of a cluster', undefined);
	}
	if (found === null) throw unusable(`The kubeconfig has no context "${name}"`, undefined);
	if (cluster === null) throw unusable(`The context "${name}" of the kubeconfig names no cluster of it`, undefined);
	if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
		throw unusable(`The cluster of context "${name}" is asked in the clear: ${cluster.server}`, undefined);
	}
	for (const {token, password, keyData} of config.getUsers()) {
		for (const secret of [token, password, keyData]) host.addSecret(secret ?? '');
	}
	const where = name === IN_CLUSTER ? `of this pod (${cluster.server})` : `"${name}" (${cluster.server})`;
	return {config, where, namespace: namespace ?? (found.namespace?.trim() || 'default')};
}

const withUsers = z.object({users: z.array(z.unknown())});
const withTokenFile = z.object({name: z.string(), user: z.object({tokenFile: z.string().min(1)})});

/** The client looks for `token-file`, where kubeconfigs have `tokenFile`. The file is read again as it changes. */
function readTokenFiles(config: KubeConfig, file: string): void {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch {
		// None of this machine's; had it been asked for by name, the client would have said so.
		return;
	}
	for (const entry of withUsers.safeParse(parse(text)).data?.users ?? []) {
		const {data} = withTokenFile.safeParse(entry);
		if (data === undefined) continue;
		const tokenFile = resolve(dirname(file), data.user.tokenFile);
		config.users = config.users.map((user) =>
			user.name === data.name && !user.token ? {...user, authProvider: {name: 'tokenFile', config: {tokenFile}}} : user,
		);
	}
}

function unusable(message: string, cause: unknown): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', message, {
		exitCode: EXIT.usage,
		cause,
		hint: 'Set canary.splitter.kubeconfig and context; "kubectl --context NAME version" must answer',
	});
}
