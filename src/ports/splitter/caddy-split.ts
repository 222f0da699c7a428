import {PLACES, placeBelow} from './caddy-place.js';
import type {SplitterState} from './splitter.js';
import {decodeOwner, encodeOwner, WEIGHT_STEPS} from './wanted-split.js';

/** What the expression of the canary's matcher says. */
export type CaddySplit = {
	/** Undefined as it stands in the shop's configuration file: nobody has set it since that was loaded. */
	readonly life: string | undefined;
	/** Hundredths of a percent. */
	readonly weight: number;
	/** Seconds since 1970, by Caddy's clock: the canary gets its share from the first until before the second. Both 0 for never. */
	readonly fromS: number;
	readonly endS: number;
	readonly owner: string | undefined;
};

export const AS_IN_FILE: CaddySplit = {life: undefined, weight: 0, fromS: 0, endS: 0, owner: undefined};

/** What an expression begins with that is ours. */
export function markOf(id: string): string {
	return `"sastaops:${id}"`;
}

/**
 * The lease is looked at first, so that nothing is computed when it is over. `int` is needed: Caddy's placeholder is a
 * text, and an expression that fails makes each request a 500.
 */
export function renderExpression(id: string, split: CaddySplit): string {
	const {life, weight, fromS, endS, owner} = split;
	if (life === undefined) return `${markOf(id)} == "off"`;
	const words = `"${life} ${weight} ${fromS} ${endS} ${encodeOwner(owner)}"`;
	if (weight === 0 || fromS >= endS) return `${markOf(id)} == ${words}`;
	const now = 'int({time.now.unix})';
	const lease = `${now} >= ${fromS} && ${now} < ${endS}`;
	const limit = Math.floor((weight * PLACES) / WEIGHT_STEPS);
	return `${markOf(id)} != ${words} && ${lease} && ${placeBelow('{sastaops_key}', limit)}`;
}

/** Undefined where a character is not as we would write it. */
export function parseExpression(id: string, expression: string): CaddySplit | undefined {
	if (expression === renderExpression(id, AS_IN_FILE)) return AS_IN_FILE;
	const words = expression.slice(markOf(id).length);
	const [, life, weight, fromS, endS, owner] =
		/^ [!=]= "([0-9a-f]{16}) (\d{1,5}) (\d{1,10}) (\d{1,10}) ([^" ]+)"/.exec(words) ?? [];
	if (life === undefined || owner === undefined || Number(weight) > WEIGHT_STEPS) return undefined;
	const split = {
		life,
		weight: Number(weight),
		fromS: Number(fromS),
		endS: Number(endS),
		owner: decodeOwner(owner),
	};
	return renderExpression(id, split) === expression ? split : undefined;
}

/** @param nowMs by Caddy's clock */
export function stateOf(
	{weight, fromS, endS, owner}: CaddySplit,
	{nowMs, incarnation}: {nowMs: number; incarnation: string},
): SplitterState {
	const leaseMs = nowMs >= fromS * 1000 ? Math.max(0, endS * 1000 - nowMs) : 0;
	return {share: weight / WEIGHT_STEPS, leaseMs, owner, incarnation};
}
