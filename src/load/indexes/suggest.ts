import type {Query} from '../workload/workload.js';

export type Keys = Readonly<Record<string, 1 | -1>>;

/**
 * The index that a query would go by: what it fixes first, then its order, then what it bounds (equality, sort, range, as
 * MongoDB's own guide has it). Undefined where alternatives or text are asked for: no one index serves those. Pure.
 */
export function suggestIndex({filter, sort = {}}: Query): Keys | undefined {
	const fields = Object.keys(filter);
	if (fields.some((field) => field.startsWith('$'))) return undefined;
	const fixed = fields.filter((field) => isFixed(filter[field]));
	const bounded = fields.filter((field) => !fixed.includes(field) && !(field in sort));
	const keys: Record<string, 1 | -1> = {};
	for (const field of fixed) keys[field] = 1;
	for (const [field, direction] of Object.entries(sort)) keys[field] ??= direction;
	for (const field of bounded) keys[field] ??= 1;
	return Object.keys(keys).length === 0 ? undefined : keys;
}

/** Whether an index has what the suggested one has, in its order. */
export function isServedBy(suggested: Keys, keys: Readonly<Record<string, unknown>>): boolean {
	const has = Object.entries(keys);
	return Object.entries(suggested).every(
		([field, direction], at) => has[at]?.[0] === field && has[at]?.[1] === direction,
	);
}

function isFixed(condition: unknown): boolean {
	if (typeof condition !== 'object' || condition === null || condition instanceof Date) return true;
	const operators = Object.keys(condition).filter((key) => key.startsWith('$'));
	return operators.length === 0 || operators.every((operator) => operator === '$eq');
}
