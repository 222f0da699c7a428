import type {AnyNode, Expression, Program} from 'acorn';
import {full} from 'acorn-walk';

/** A value the source does not spell out. */
export const UNKNOWN = Symbol('unknown');

/** What the names of a file stand for: literal constants, and variables that hold a collection. */
export type Names = {
	readonly constants: ReadonlyMap<string, unknown>;
	/** Variable to collection name. */
	readonly collections: ReadonlyMap<string, string | typeof UNKNOWN>;
};

/** Reads every `const` of the file; of two with the same name nothing is believed. */
export function readNames(program: Program): Names {
	const constants = new Map<string, unknown>();
	const collections = new Map<string, string | typeof UNKNOWN>();
	full(program, (node: AnyNode) => {
		if (node.type !== 'VariableDeclaration') return;
		for (const {id, init} of node.declarations) {
			if (id.type !== 'Identifier' || !init) continue;
			const collection = collectionOf(init, {constants, collections});
			if (collection !== undefined) collections.set(id.name, collections.has(id.name) ? UNKNOWN : collection);
			const isFirst = node.kind === 'const' && !constants.has(id.name);
			constants.set(id.name, isFirst ? literalOf(init, {constants, collections}) : UNKNOWN);
		}
	});
	return {constants, collections};
}

/** The value of an expression made of literals and constants; `UNKNOWN`, also deep inside, for anything else. */
export function literalOf(node: AnyNode, names: Names): unknown {
	switch (node.type) {
		case 'Literal':
			return node.value;
		case 'TemplateLiteral':
			return node.expressions.length === 0 ? node.quasis[0]?.value.cooked : UNKNOWN;
		case 'UnaryExpression':
			return negated(node.operator, literalOf(node.argument, names));
		case 'BinaryExpression':
			return product(node.operator, literalOf(node.left, names), literalOf(node.right, names));
		case 'Identifier':
			return names.constants.has(node.name) ? names.constants.get(node.name) : UNKNOWN;
		case 'ArrayExpression':
			return node.elements.map((element) => (element ? literalOf(element, names) : UNKNOWN));
		case 'ObjectExpression':
			return objectOf(node.properties, names);
		default:
			return UNKNOWN;
	}
}

/** True when no part of the value is unknown. */
export function isKnown(value: unknown): boolean {
	if (value === UNKNOWN) return false;
	if (typeof value !== 'object' || value === null) return true;
	return Object.values(value).every(isKnown);
}

/** The collection an expression stands for; undefined when it is none, `UNKNOWN` when its name is not spelt out. */
export function collectionOf(node: Expression | AnyNode, names: Names): string | typeof UNKNOWN | undefined {
	if (node.type === 'AwaitExpression') return collectionOf(node.argument, names);
	if (node.type === 'Identifier') return names.collections.get(node.name);
	if (node.type !== 'CallExpression') return undefined;
	const name = calledName(node.callee);
	if (name !== 'collection' && name !== 'createCollection') return undefined;
	const [first] = node.arguments;
	const value = first ? literalOf(first, names) : UNKNOWN;
	return typeof value === 'string' ? value : UNKNOWN;
}

/** The last name of what is called: `drop` of `db.collection('x').drop`. */
export function calledName(callee: AnyNode): string | undefined {
	if (callee.type === 'Identifier') return callee.name;
	if (callee.type !== 'MemberExpression') return undefined;
	if (callee.property.type === 'Identifier' && !callee.computed) return callee.property.name;
	return callee.property.type === 'Literal' ? String(callee.property.value) : undefined;
}

function objectOf(properties: readonly AnyNode[], names: Names): unknown {
	const value: Record<string, unknown> = {};
	for (const property of properties) {
		if (property.type !== 'Property') return UNKNOWN;
		const key = propertyName(property, names);
		if (key === undefined) return UNKNOWN;
		value[key] = literalOf(property.value, names);
	}
	return value;
}

/** The name a property has in its object; undefined when it is computed from something unknown. */
export function propertyName({key, computed}: {key: AnyNode; computed: boolean}, names: Names): string | undefined {
	if (key.type === 'Identifier' && !computed) return key.name;
	const value = literalOf(key, names);
	return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function negated(operator: string, value: unknown): unknown {
	return operator === '-' && typeof value === 'number' ? -value : UNKNOWN;
}

/** Seconds are mostly written as `30 * 24 * 60 * 60`. */
function product(operator: string, left: unknown, right: unknown): unknown {
	return operator === '*' && typeof left === 'number' && typeof right === 'number' ? left * right : UNKNOWN;
}
