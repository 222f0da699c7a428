import {resolve} from 'node:path';
import type {CanaryConfig, Config} from '../kernel/config/schema.js';
import type {Host} from '../kernel/host.js';
import type {Splitter} from '../ports/splitter/splitter.js';
import {makeUserCommand} from '../ports/user-command.js';
import type {CanaryContext} from './context.js';
import {openMeasures} from './measures.js';

/** The parts of a context that the configuration alone decides. */
export type CanaryPorts = Pick<
	CanaryContext,
	'splitter' | 'measures' | 'healthPath' | 'metricsPath' | 'metricsToken' | 'headers' | 'frontUrl' | 'start' | 'stop'
>;

/** Opens what a canary talks to; nothing is asked yet. @throws SastaError SELECTOR_INVALID */
export async function openCanaryPorts(
	{config, canary, root}: {config: Config; canary: CanaryConfig; root: string},
	host: Host,
): Promise<CanaryPorts> {
	const {shop, release} = config;
	const healthPath = release.deploy?.verify.path ?? `${shop.api}/health`;
	const command = (value: CanaryConfig['start']) => (value === undefined ? undefined : makeUserCommand(value, root));
	return {
		splitter: await openSplitter(canary.splitter, root, host),
		measures: openMeasures(canary.guards),
		healthPath,
		metricsPath: canary.metrics === 'none' ? undefined : canary.metrics,
		metricsToken: canary.metricsToken,
		headers: shop.headers,
		frontUrl: shop.url === undefined ? undefined : new URL(healthPath, shop.url).href,
		start: command(canary.start),
		stop: command(canary.stop),
	};
}

/** Only the kind that is configured is loaded. */
async function openSplitter(settings: CanaryConfig['splitter'], root: string, host: Host): Promise<Splitter> {
	switch (settings.kind) {
		case 'haproxy': {
			const {openHaproxy} = await import('../ports/splitter/haproxy.js');
			const {address, map, stable, canary, ring} = settings;
			return openHaproxy({address, map, stable, canary, ...(ring === undefined ? {} : {ring})}, host);
		}
		case 'nginx': {
			const {openNginx} = await import('../ports/splitter/nginx.js');
			const {file, log, status, test, reload} = settings;
			const words = (command: typeof test) => makeUserCommand(command, root).argv;
			const paths = {file: resolve(root, file), log: resolve(root, log)};
			return openNginx({...paths, status, test: words(test), reload: words(reload)}, host);
		}
		case 'caddy': {
			const {openCaddy} = await import('../ports/splitter/caddy.js');
			const {admin, log, id} = settings;
			return openCaddy({admin, log: resolve(root, log), id}, host);
		}
		case 'gateway': {
			const {openGateway} = await import('../ports/splitter/gateway.js');
			const {admin, token} = settings;
			return openGateway({admin, ...(token === undefined ? {} : {token})}, host);
		}
		case 'kubernetes': {
			const {openKubernetes} = await import('../ports/splitter/kubernetes.js');
			const {kubeconfig} = settings;
			return openKubernetes(
				{...settings, kubeconfig: kubeconfig === undefined ? undefined : resolve(root, kubeconfig)},
				host,
			);
		}
		default:
			return settings satisfies never;
	}
}
