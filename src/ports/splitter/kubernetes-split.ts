import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import type {KubernetesApi} from './kubernetes-api.js';
import {canaryWeight, type PlannedChange, planChange, type RouteChange} from './kubernetes-change.js';
import {
	ANNOTATION,
	notASplit,
	parseRoute,
	type Route,
	type RouteNames,
	routeName,
	shareOf,
} from './kubernetes-route.js';
import {isKept, leaseLeftMs, NO_LEASE, stateOf} from './kubernetes-state.js';
import type {SplitterState} from './splitter.js';

export type RouteSettings = {
	readonly api: KubernetesApi;
	/** Of the HTTPRoute. */
	readonly route: string;
	readonly names: RouteNames;
};

/** What the watchdog found and did. `idle`: no lease, or nothing to take away. */
export type Lapse =
	| {readonly kind: 'idle'}
	| {readonly kind: 'live'; readonly leftMs: number; readonly owner: string | undefined}
	| {readonly kind: 'lapsed'; readonly share: number; readonly owner: string | undefined};

export type RouteSplit = {
	read(): Promise<SplitterState>;
	set(wanted: Wanted): Promise<SplitterState>;
	revert(): Promise<SplitterState>;
	/** Takes the canary to 0 % where its lease has ended by the API server's clock, and does nothing else. */
	lapse(): Promise<Lapse>;
};

type Wanted = {readonly share: number; readonly leaseMs: number; readonly owner: string};
type Found = {readonly route: Route; readonly serverMs: number};

/** Times that the route is read again because somebody else wrote between reading and writing. */
const ATTEMPTS = 8;
const PAUSE_MS = 100;

export function makeRouteSplit(settings: RouteSettings, host: Pick<Host, 'sleep'>): RouteSplit {
	const {api, route: name, names} = settings;
	const title = `The HTTPRoute ${name} of Kubernetes ${api.where}`;
	/** As the caller was last told of it: what it has not seen is not overwritten. */
	let told: Route | undefined;

	return {
		async read() {
			const found = await find();
			const state = stateOf(found, name, names);
			told = found.route;
			return state;
		},
		async set(wanted) {
			const found = await change((now) => {
				if (shareOf(now.route) === undefined) throw notASplit(now.route, name, names);
				refuseUnseen(now, wanted);
				const leaseUntil = new Date(now.serverMs + wanted.leaseMs).toISOString();
				const annotations = {
					...NO_LEASE,
					[ANNOTATION.owner]: wanted.owner,
					[ANNOTATION.leaseUntil]: leaseUntil,
				};
				return {share: wanted.share, annotations};
			});
			told = found.route;
			return stateOf(found, name, names);
		},
		async revert() {
			const found = await change(() => ({share: 0, annotations: NO_LEASE}));
			told = found.route;
			if (found.route.rules.length > 0) return stateOf(found, name, names);
			return {share: 0, leaseMs: 0, owner: undefined, incarnation: found.route.uid};
		},
		async lapse() {
			let outcome: Lapse = {kind: 'idle'};
			await change((now) => {
				outcome = judge(now);
				if (outcome.kind !== 'lapsed') return undefined;
				return {share: 0, annotations: {[ANNOTATION.lapsedShare]: String(outcome.share)}};
			});
			return outcome;
		},
	};

	async function find(): Promise<Found> {
		const {object, serverMs} = await api.get(routeName(name));
		return {route: parseRoute(object, name, names), serverMs};
	}

	/** Reads, decides, writes on the condition that nothing has changed, and reads again; until it is so. */
	async function change(decide: (now: Found) => RouteChange | undefined): Promise<Found> {
		let now = await find();
		for (let attempt = 1; ; attempt++) {
			const wanted = decide(now);
			if (wanted === undefined) return now;
			const plan = planChange(now.route, names, wanted);
			if (plan.steps.every(({op}) => op === 'test')) return now;
			const patched = await api.patch(routeName(name), plan.steps);
			if (patched.kind !== 'done') await host.sleep(PAUSE_MS * attempt);
			const before = now;
			now = await find();
			if (holds(now, plan, wanted)) return now;
			if (patched.kind === 'done') throw unproved(now);
			const isUntouched = now.route.resourceVersion === before.route.resourceVersion;
			if ((patched.kind === 'refused' && isUntouched) || attempt >= ATTEMPTS) throw patched.why;
		}
	}

	function holds({route}: Found, {generation}: PlannedChange, {share, annotations}: RouteChange): boolean {
		const says = shareOf(route) ?? 0;
		return (
			route.generation === generation &&
			canaryWeight(says) === canaryWeight(share) &&
			Object.entries(annotations).every(([key, value]) => route.annotations[key] === value)
		);
	}

	/** Between the last look of the caller and this write nobody else may have been here. */
	function refuseUnseen({route, serverMs}: Found, wanted: Wanted): void {
		if (told === undefined) return;
		const owner = route.annotations[ANNOTATION.owner];
		const isForeign = !isKept(route) && route.generation !== told.generation;
		const isOther = owner !== undefined && owner !== wanted.owner && owner !== told.annotations[ANNOTATION.owner];
		if (!isForeign && !(isOther && (leaseLeftMs(route, serverMs) ?? 0) > 0)) return;
		const who = isForeign ? (route.lastStranger ?? 'somebody else') : `the run ${owner}`;
		throw new SastaError('SPLITTER_REFUSED', `${title} was changed by ${who} since it was last looked at`, {
			exitCode: EXIT.outside,
			details: ['It stays as it is; what was wanted was not written'],
			hint: 'See what it says now: sastaops canary status. Two hands must not steer one route',
		});
	}

	function unproved({route}: Found): SastaError {
		const who = isKept(route) ? 'another run' : (route.lastStranger ?? 'somebody else');
		return new SastaError('SPLITTER_UNPROVED', `${title} did not keep what was written: ${who} changed it at once`, {
			exitCode: EXIT.outside,
			hint: 'See who else steers it (kubectl get httproute -o yaml --show-managed-fields), then: sastaops canary abort',
		});
	}
}

function judge({route, serverMs}: Found): Lapse {
	const share = shareOf(route) ?? 0;
	const leftMs = leaseLeftMs(route, serverMs);
	if (leftMs === undefined || share === 0) return {kind: 'idle'};
	const owner = route.annotations[ANNOTATION.owner];
	return leftMs > 0 ? {kind: 'live', leftMs, owner} : {kind: 'lapsed', share, owner};
}
