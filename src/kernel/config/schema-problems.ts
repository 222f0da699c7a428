import type * as z from 'zod';
import {nearest} from '../suggest.js';
import {configSchema} from './schema.js';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

export type SchemaProblem = {readonly path: Path; readonly message: string};

/** One problem for each wrong value: an unknown key is shown at the key, with the nearest known one. */
export function schemaProblems(issues: readonly Issue[], base: Path = []): SchemaProblem[] {
	return issues.flatMap((issue): SchemaProblem[] => {
		const path = [...base, ...issue.path];
		if (issue.code === 'unrecognized_keys')
			return issue.keys.map((key) => ({path: [...path, key], message: unknownKey(key, path)}));
		if (issue.code === 'invalid_union') {
			const closest = closestBranch(issue.errors);
			if (closest) return schemaProblems(closest, path);
		}
		return [{path, message: issue.message}];
	});
}

/** Of a union, what the author most likely meant: the branch whose problems lie inside the value, not at it. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
	const [closest] = branches.toSorted((a, b) => depth(b) - depth(a));
	return closest !== undefined && depth(closest) > 0 ? closest : undefined;
}

/** How far inside the value the problems lie. A value of the right type that breaks a rule is nearer than one of a wrong type. */
function depth(issues: readonly Issue[]): number {
	return Math.max(0, ...issues.map((issue) => issue.path.length + (OF_THE_RIGHT_TYPE.includes(issue.code) ? 1 : 0)));
}

const OF_THE_RIGHT_TYPE: readonly Issue['code'][] = ['unrecognized_keys', 'custom', 'invalid_format', 'too_small'];

function unknownKey(key: string, parent: Path): string {
	const suggestion = nearest(key, knownKeys(parent));
	return `unknown key${suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`}`;
}

/** The keys the schema allows at a path. */
function knownKeys(path: Path): string[] {
	let nodes = alternatives(configSchema as unknown as Node);
	for (const key of path) nodes = nodes.flatMap((node) => childOf(node, key)).flatMap(alternatives);
	return nodes.flatMap((node) => Object.keys(node.shape ?? {}));
}

/** What of a zod schema its shape can be read from. */
type Node = {
	readonly shape?: Readonly<Record<string, Node>>;
	readonly def?: {
		readonly innerType?: Node;
		readonly options?: readonly Node[];
		readonly element?: Node;
		readonly valueType?: Node;
	};
};

/** A schema without its defaults, each branch of a union by itself. */
function alternatives(schema: Node): Node[] {
	const {innerType, options} = schema.def ?? {};
	if (innerType) return alternatives(innerType);
	return options ? options.flatMap(alternatives) : [schema];
}

function childOf({shape, def}: Node, key: PropertyKey): Node[] {
	const child = shape ? shape[String(key)] : typeof key === 'number' ? def?.element : def?.valueType;
	return child ? [child] : [];
}
