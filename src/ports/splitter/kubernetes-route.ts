import * as z from 'zod';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {FIELD_MANAGER, type ObjectName} from './kubernetes-api.js';
import type {Side} from './splitter.js';

/** What we write beside the weights, since a route cannot expire. Names are data in clusters: never rename one. */
export const ANNOTATION = {
	owner: 'sastaops.io/owner',
	/** RFC 3339, by the API server's clock. */
	leaseUntil: 'sastaops.io/lease-until',
	/** The route's generation that our last write made: another one means that somebody else has written since. */
	generation: 'sastaops.io/generation',
	/** The share that the watchdog took away when the lease had ended. */
	lapsedShare: 'sastaops.io/lapsed-share',
} as const;

/** Names of the two Services. */
export type RouteNames = Readonly<Record<Side, string>>;

/** One rule that divides its requests between the two, by index in the route. */
export type SplitRule = {
	readonly rule: number;
	readonly stable: WeightedBackend;
	readonly canary: WeightedBackend;
};

/** `weight` is undefined where the route does not say, which is 1. */
export type WeightedBackend = {readonly index: number; readonly weight: number | undefined};

export type Route = {
	readonly uid: string;
	readonly resourceVersion: string;
	readonly generation: number;
	readonly hasAnnotations: boolean;
	readonly annotations: Readonly<Record<string, string>>;
	/** Who else wrote it last, as Kubernetes notes it. */
	readonly lastStranger: string | undefined;
	readonly rules: readonly SplitRule[];
};

const backendRef = z.object({
	name: z.string(),
	group: z.string().optional(),
	kind: z.string().optional(),
	namespace: z.string().optional(),
	weight: z.number().optional(),
});

const httpRoute = z.object({
	metadata: z.object({
		namespace: z.string().optional(),
		uid: z.string(),
		resourceVersion: z.string(),
		generation: z.number(),
		annotations: z.record(z.string(), z.string()).optional(),
		managedFields: z
			.array(
				z.object({manager: z.string().optional(), time: z.string().optional(), subresource: z.string().optional()}),
			)
			.optional(),
	}),
	spec: z.object({rules: z.array(z.object({backendRefs: z.array(backendRef).optional()})).optional()}),
});

export function routeName(name: string): ObjectName {
	return {group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes', name};
}

/**
 * Finds the rules that divide traffic between the two Services. Rules of stable alone are none of ours; anything else that
 * sends to the canary is refused, as nobody could say its share.
 * @throws SastaError SPLITTER_UNKNOWN
 */
export function parseRoute(object: unknown, name: string, names: RouteNames): Route {
	const {data: route} = httpRoute.safeParse(object);
	if (route === undefined)
		throw unknown(`What the API server has as ${name} is no HTTPRoute of gateway.networking.k8s.io/v1`);
	const {metadata, spec} = route;
	const rules = (spec.rules ?? []).flatMap(({backendRefs = []}, rule) => {
		const all = backendRefs.map((ref, index) => ({
			index,
			name: serviceOf(ref, metadata.namespace),
			weight: ref.weight,
		}));
		const canaries = all.filter((backend) => backend.name === names.canary);
		const stables = all.filter((backend) => backend.name === names.stable);
		const [[canary], [stable]] = [canaries, stables];
		if (canary === undefined) return [];
		if (stable === undefined || all.length !== 2)
			throw unknown(
				`Rule ${rule + 1} of ${name} sends to ${all.map((backend) => backend.name).join(', ')}, not to ${names.stable} and ${names.canary} alone`,
			);
		return [{rule, stable, canary}];
	});
	return {
		uid: metadata.uid,
		resourceVersion: metadata.resourceVersion,
		generation: metadata.generation,
		hasAnnotations: metadata.annotations !== undefined,
		annotations: metadata.annotations ?? {},
		lastStranger: (metadata.managedFields ?? [])
			.filter(({manager, subresource}) => manager !== FIELD_MANAGER && subresource === undefined)
			.sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : -1))[0]?.manager,
		rules,
	};
}

/** Share of the canary; the highest where rules differ. Undefined where a rule serves nobody, or there is none. */
export function shareOf({rules}: Pick<Route, 'rules'>): number | undefined {
	const shares = rules.map(({stable, canary}) => {
		const [stableWeight, canaryWeight] = [stable.weight ?? 1, canary.weight ?? 1];
		return canaryWeight / (stableWeight + canaryWeight);
	});
	return shares.length === 0 || shares.some(Number.isNaN) ? undefined : Math.max(...shares);
}

/** @throws SastaError SPLITTER_UNKNOWN: what `shareOf` could not say */
export function notASplit({rules}: Pick<Route, 'rules'>, name: string, {stable, canary}: RouteNames): SastaError {
	return rules.length === 0
		? unknown(`No rule of ${name} has both ${stable} and ${canary} as backendRefs`)
		: unknown(`A rule of ${name} has the weight 0 for both ${stable} and ${canary}: it refuses everybody`);
}

/** Of another kind or namespace than the Services of the route it is never one of the two. */
function serviceOf(
	{name, group = '', kind = 'Service', namespace}: z.infer<typeof backendRef>,
	own: string | undefined,
): string {
	const isHere = namespace === undefined || namespace === own;
	return group === '' && kind === 'Service' && isHere ? name : `${kind} ${isHere ? '' : `${namespace}/`}${name}`;
}

function unknown(message: string): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', message, {
		exitCode: EXIT.outside,
		hint: 'Give each divided rule two backendRefs, as templates/canary/kubernetes/httproute.yaml does',
	});
}
