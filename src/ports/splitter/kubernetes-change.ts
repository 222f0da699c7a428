import type {PatchStep} from './kubernetes-api.js';
import {ANNOTATION, type Route, type RouteNames, type SplitRule} from './kubernetes-route.js';

/** Weights are hundredths of a percent, rounded down: never more than was asked for. */
const WEIGHTS = 10_000;

/** What a route is to say. */
export type RouteChange = {
	/** 0 to 1. */
	readonly share: number;
	/** `undefined` takes one away; those not named stay. */
	readonly annotations: Readonly<Record<string, string | undefined>>;
};

/** A change of one route as it was read: it cannot be made to any other. */
export type PlannedChange = {
	readonly steps: readonly PatchStep[];
	/** The generation that it makes. */
	readonly generation: number;
};

export function canaryWeight(share: number): number {
	return Math.floor(Number((share * WEIGHTS).toFixed(6)));
}

/**
 * Tests come first: the version that was read, and both names where they were, so that no re-ordering gives a weight to the
 * wrong Service. A change that leaves the weights as they are makes no new generation.
 */
export function planChange(route: Route, names: RouteNames, {share, annotations}: RouteChange): PlannedChange {
	const canary = canaryWeight(share);
	const wanted = {stable: WEIGHTS - canary, canary};
	const steps: PatchStep[] = [{op: 'test', path: '/metadata/resourceVersion', value: route.resourceVersion}];
	let hasNewWeights = false;
	for (const rule of route.rules) {
		for (const side of ['stable', 'canary'] as const) {
			const path = `/spec/rules/${rule.rule}/backendRefs/${rule[side].index}`;
			steps.push({op: 'test', path: `${path}/name`, value: names[side]});
			if (isAtZero(rule, canary) || rule[side].weight === wanted[side]) continue;
			hasNewWeights = true;
			steps.push({op: 'add', path: `${path}/weight`, value: wanted[side]});
		}
	}
	const generation = route.generation + (hasNewWeights ? 1 : 0);
	const isOurs = Object.values(annotations).some((value) => value !== undefined);
	const all = {...annotations, [ANNOTATION.generation]: isOurs ? String(generation) : undefined};
	return {steps: [...steps, ...annotationSteps(route, all)], generation};
}

/** At 0 % the weight of stable means nothing: it stays as its owner wrote it. */
function isAtZero({stable, canary}: SplitRule, weight: number): boolean {
	return weight === 0 && canary.weight === 0 && stable.weight !== 0;
}

function annotationSteps(
	{annotations, hasAnnotations}: Route,
	wanted: Readonly<Record<string, string | undefined>>,
): PatchStep[] {
	const steps: PatchStep[] = hasAnnotations ? [] : [{op: 'add', path: '/metadata/annotations', value: {}}];
	for (const [name, value] of Object.entries(wanted)) {
		const path = `/metadata/annotations/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
		if (value !== undefined) steps.push({op: 'add', path, value});
		else if (annotations[name] !== undefined) steps.push({op: 'remove', path});
	}
	return steps;
}
