import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {openPrometheus} from '../prometheus.js';
import {openKubernetesApi} from './kubernetes-api.js';
import {makeArgoSplit} from './kubernetes-argo.js';
import type {KubernetesAddress} from './kubernetes-config.js';
import {makeRouteSplit, type RouteSplit} from './kubernetes-split.js';
import {LONGEST_LEASE_MS} from './kubernetes-state.js';
import {fillQueries, makeTotalsReader, type QueryTemplate} from './kubernetes-totals.js';
import type {Splitter} from './splitter.js';

export type KubernetesOptions = KubernetesAddress & {
	/** An HTTPRoute of the Gateway API, whose weights are set. */
	readonly route?: string | undefined;
	/** Or a Rollout of Argo Rollouts, which sets them itself. */
	readonly rollout?: string | undefined;
	/** Names of the two Services. */
	readonly stable: string;
	readonly canary: string;
	readonly prometheus?: PrometheusSource | undefined;
};

export type PrometheusSource = {
	readonly url: string;
	readonly token?: string | undefined;
	readonly requests: QueryTemplate;
	readonly errors: QueryTemplate;
};

/** The watchdog looks every 15 s, and Kubernetes tells whole seconds. */
const SHORTEST_LEASE_MS = 60_000;

export type SplitterHost = Pick<Host, 'sleep' | 'monotonicMs' | 'env' | 'addSecret' | 'redact' | 'signal'>;

/**
 * Opens a route or a rollout; it is not asked anything yet.
 * @throws SastaError SPLITTER_UNKNOWN where the kubeconfig is missing or does not hold together, PROMETHEUS_REFUSED
 */
export function openKubernetes(options: KubernetesOptions, host: SplitterHost): Splitter {
	const {stable, canary, prometheus: source, route, rollout} = options;
	const names = {stable, canary};
	const prometheus = source === undefined ? undefined : openPrometheus(source, host);
	const totals = makeTotalsReader(prometheus, source === undefined ? undefined : fillQueries(source, names));
	const api = openKubernetesApi(options, host);
	const split: Omit<RouteSplit, 'lapse'> =
		rollout === undefined
			? makeRouteSplit({api, route: route ?? '', names}, host)
			: makeArgoSplit({api, rollout}, host);
	return {
		kind: 'kubernetes',
		title:
			rollout === undefined ? `the HTTPRoute ${api.namespace}/${route}` : `the Rollout ${api.namespace}/${rollout}`,
		isSticky: false,
		shortestLeaseMs: SHORTEST_LEASE_MS,
		read: split.read,
		async set(wanted) {
			refuseNonsense(wanted);
			return split.set(wanted);
		},
		observe: totals.observe,
		revert: split.revert,
		close: async () => undefined,
	};
}

/** The part of the splitter that ends a lease; it needs no more than get and patch on the one route. */
export function openRouteWatchdog(
	options: KubernetesAddress & {readonly route: string; readonly stable: string; readonly canary: string},
	host: Pick<Host, 'sleep' | 'env' | 'addSecret'>,
): Pick<RouteSplit, 'lapse'> & {readonly title: string} {
	const api = openKubernetesApi(options, host);
	const {route, stable, canary} = options;
	const {lapse} = makeRouteSplit({api, route, names: {stable, canary}}, host);
	return {title: `the HTTPRoute ${api.namespace}/${route}`, lapse};
}

function refuseNonsense({share, leaseMs, owner}: {share: number; leaseMs: number; owner: string}): void {
	const isFine = share >= 0 && share <= 1 && leaseMs >= 0 && leaseMs <= LONGEST_LEASE_MS;
	if (isFine && owner !== '' && owner.length <= 200) return;
	throw new SastaError(
		'SPLITTER_REFUSED',
		`A share of ${share} for ${leaseMs} ms, "${owner.slice(0, 50)}", is no split`,
		{
			exitCode: EXIT.outside,
			details: ['Kubernetes was not asked'],
			hint: 'A share is 0 to 1, a lease an hour at most, an owner has a name',
		},
	);
}
