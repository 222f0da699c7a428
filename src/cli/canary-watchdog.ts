import {resolve} from 'node:path';
import {type Command, InvalidArgumentError} from 'commander';
import {parseDuration} from '../kernel/duration.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Actions, Session} from './session.js';

type WatchdogFlags = {
	readonly once?: boolean;
	readonly every: number;
	readonly route?: string;
	readonly namespace?: string;
	readonly stable?: string;
	readonly canary?: string;
};

const EVERY_MS = 15_000;

/** Adds `canary watchdog`: the end of a lease, for splitters that cannot end one themselves. */
export function addWatchdog(canary: Command, actions: Actions): void {
	canary
		.command('watchdog')
		.description('Take the canary of a Kubernetes route to 0 % when its lease has ended; do nothing else')
		.option('--once', 'look once and end')
		.option('--every <duration>', 'how often to look', parseEvery, EVERY_MS)
		.option('--route <name>', 'the HTTPRoute; without it canary.splitter of sastaops.yaml')
		.option('--namespace <name>', 'its namespace')
		.option('--stable <service>', 'the Service of the version that runs (shop-stable)')
		.option('--canary <service>', 'the Service of the version on trial (shop-canary)')
		.action(actions.run(runWatchdog));
}

async function runWatchdog(session: Session, flags: WatchdogFlags) {
	const {host, command} = session;
	const [{openRouteWatchdog}, {lapseWords, lookOnce, watchLeases}] = await Promise.all([
		import('../ports/splitter/kubernetes.js'),
		import('../canary/watchdog.js'),
	]);
	const watched = openRouteWatchdog(await findRoute(session, flags), host);
	const {title} = watched;
	if (flags.once) {
		const found = await lookOnce(watched, host);
		return {
			report: {command, verdict: 'pass' as const, exitCode: EXIT.ok, data: {route: title, lease: found}},
			document: [{kind: 'text' as const, text: `${title}: ${lapseWords(found)}`}],
		};
	}
	host.emit({type: 'log', level: 'info', message: `Watching ${title}, every ${flags.every / 1000} s`});
	const tally = await watchLeases(watched, flags.every, host);
	return {
		report: {command, verdict: 'pass' as const, exitCode: EXIT.ok, data: {route: title, ...tally}},
		document: [{kind: 'text' as const, text: `Stopped after ${tally.looks} looks; ${tally.lapses} leases had ended`}],
	};
}

/** By flags alone it needs no configuration file: so it runs in a pod. */
async function findRoute(session: Session, {route, namespace, stable, canary}: WatchdogFlags) {
	if (route !== undefined) return {route, namespace, stable: stable ?? 'shop-stable', canary: canary ?? 'shop-canary'};
	const {config, root} = await session.loadConfig();
	const splitter = config.canary?.splitter;
	if (splitter?.kind !== 'kubernetes' || splitter.route === undefined) {
		throw new SastaError('WATCHDOG_NOT_NEEDED', 'canary.splitter names no HTTPRoute: its lease ends by itself', {
			exitCode: EXIT.usage,
			hint: 'Give --route, where the watchdog runs without a configuration: sastaops canary watchdog --route shop',
		});
	}
	const {kubeconfig} = splitter;
	return {
		...splitter,
		kubeconfig: kubeconfig === undefined ? undefined : resolve(root, kubeconfig),
		route: splitter.route,
		namespace: namespace ?? splitter.namespace,
		stable: stable ?? splitter.stable,
		canary: canary ?? splitter.canary,
	};
}

function parseEvery(text: string): number {
	const ms = parseDuration(text);
	if (ms === undefined || ms < 1000 || ms > 300_000) throw new InvalidArgumentError('must be 1s to 5m.');
	return ms;
}
