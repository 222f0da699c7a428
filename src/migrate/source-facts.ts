import {type AnyNode, type CallExpression, type Program, parse} from 'acorn';
import {full} from 'acorn-walk';
import {
	calledName,
	collectionOf,
	isKnown,
	literalOf,
	type Names,
	propertyName,
	readNames,
	UNKNOWN,
} from './literals.js';

type Located = {
	/** From 1. */
	readonly line: number;
};

/** An index the source builds; a part that is not spelt out is undefined. */
export type IndexFact = Located & {
	readonly collection: string | undefined;
	readonly keys: Readonly<Record<string, unknown>> | undefined;
	readonly options: Readonly<Record<string, unknown>> | undefined;
};

export type ValidatorFact = Located & {
	readonly collection: string | undefined;
	readonly validator: Readonly<Record<string, unknown>> | undefined;
};

/** What the way up of a migration does, as far as its source tells; its `down` is not looked at. */
export type SourceFacts = {
	/** Imports of files beside it, which its checksum does not cover. */
	readonly imports: readonly (Located & {readonly from: string})[];
	/** Calls and commands that take a collection, an index, a database or a name away. */
	readonly drops: readonly (Located & {readonly call: string})[];
	readonly unsets: readonly Located[];
	/** `updateMany` and `deleteMany` without a filter. */
	readonly unfiltered: readonly (Located & {readonly method: string})[];
	readonly indexes: readonly IndexFact[];
	readonly validators: readonly ValidatorFact[];
	/** Collections it names; undefined among them for one whose name is not spelt out. */
	readonly collections: ReadonlySet<string | undefined>;
};

type Draft = {
	-readonly [K in keyof SourceFacts]: SourceFacts[K] extends readonly (infer T)[] ? T[] : Set<string | undefined>;
};

const DROPPING_METHODS = new Set([
	'drop',
	'dropCollection',
	'dropDatabase',
	'dropIndex',
	'dropIndexes',
	'rename',
	'renameCollection',
]);
const DROPPING_COMMANDS = new Set(['drop', 'dropDatabase', 'dropIndexes', 'deleteIndexes', 'renameCollection']);

/** Reads a migration's JavaScript. */
export function readSourceFacts(code: string): SourceFacts {
	const program = parse(code, {ecmaVersion: 'latest', sourceType: 'module', locations: true});
	const names = readNames(program);
	const facts: Draft = {
		imports: [],
		drops: [],
		unsets: [],
		unfiltered: [],
		indexes: [],
		validators: [],
		collections: new Set(),
	};
	for (const part of wayUp(program)) full(part, (node: AnyNode) => collect(node, names, facts));
	return facts;
}

/** The file without its `down`, which may well drop and unset. */
function wayUp(program: Program): AnyNode[] {
	return program.body.filter((node) => {
		if (node.type !== 'ExportNamedDeclaration' || !node.declaration) return true;
		const {declaration} = node;
		if (declaration.type === 'FunctionDeclaration') return declaration.id.name !== 'down';
		return !(
			declaration.type === 'VariableDeclaration' &&
			declaration.declarations.every(({id}) => id.type === 'Identifier' && id.name === 'down')
		);
	});
}

function collect(node: AnyNode, names: Names, facts: Draft): void {
	const line = node.loc?.start.line ?? 0;
	switch (node.type) {
		case 'ImportDeclaration':
		case 'ImportExpression':
		case 'ExportAllDeclaration': {
			const from = literalOf(node.source, names);
			if (typeof from !== 'string' || /^[./#]/.test(from)) facts.imports.push({from: String(from), line});
			return;
		}
		case 'Property': {
			const name = propertyName(node, names);
			if (name === '$unset') facts.unsets.push({line});
			if (name === 'collection') facts.collections.add(textOrUndefined(literalOf(node.value, names)));
			return;
		}
		case 'CallExpression':
			collectCall(node, names, facts, line);
			return;
		default:
	}
}

function collectCall(node: CallExpression, names: Names, facts: Draft, line: number): void {
	const name = calledName(node.callee);
	const args = node.arguments.map((argument) => literalOf(argument, names));
	const owner = node.callee.type === 'MemberExpression' ? collectionOf(node.callee.object, names) : undefined;
	const collection = textOrUndefined(owner);
	if (name === undefined) return;
	if (DROPPING_METHODS.has(name)) facts.drops.push({call: name, line});
	switch (name) {
		case 'collection':
		case 'createCollection':
			facts.collections.add(textOrUndefined(args[0]));
			if (name === 'createCollection') collectValidator(textOrUndefined(args[0]), args[1], facts, line);
			return;
		case 'updateMany':
		case 'deleteMany':
			if (isEmptyFilter(args[0])) facts.unfiltered.push({method: name, line});
			return;
		case 'createIndex': {
			// On a Db the collection comes first.
			const [target, keys, options] = typeof args[0] === 'string' ? args : [collection, ...args];
			facts.indexes.push({
				collection: textOrUndefined(target),
				keys: record(keys),
				options: record(options ?? {}),
				line,
			});
			return;
		}
		case 'createIndexes':
			collectIndexes(collection, args[0], facts, line);
			return;
		case 'command':
			collectCommand(args[0], facts, line);
			return;
		default:
	}
}

function collectIndexes(collection: string | undefined, specs: unknown, facts: Draft, line: number): void {
	for (const spec of Array.isArray(specs) ? specs : [UNKNOWN]) {
		const {key, ...options} = record(spec) ?? {key: UNKNOWN};
		facts.indexes.push({collection, keys: record(key), options: record(spec) && options, line});
	}
}

function collectCommand(command: unknown, facts: Draft, line: number): void {
	const values =
		record(command) ?? (typeof command === 'object' && command !== null ? (command as Record<string, unknown>) : {});
	const [name = ''] = Object.keys(values);
	const collection = textOrUndefined(values[name]);
	if (DROPPING_COMMANDS.has(name)) facts.drops.push({call: `command ${name}`, line});
	if (name === 'createIndexes') collectIndexes(collection, values['indexes'], facts, line);
	if (name === 'collMod' || name === 'create') collectValidator(collection, values, facts, line);
	if (name === 'collMod') collectTtlChange(collection, values['index'], facts, line);
	if (name !== '') facts.collections.add(collection);
}

function collectValidator(collection: string | undefined, options: unknown, facts: Draft, line: number): void {
	if (options === undefined) return;
	const values = typeof options === 'object' && options !== null ? (options as Record<string, unknown>) : undefined;
	if (values && !('validator' in values)) return;
	facts.validators.push({collection, validator: record(values?.['validator']), line});
}

function collectTtlChange(collection: string | undefined, index: unknown, facts: Draft, line: number): void {
	if (typeof index !== 'object' || index === null || !('expireAfterSeconds' in index)) return;
	const {keyPattern, expireAfterSeconds} = index as {keyPattern?: unknown; expireAfterSeconds: unknown};
	facts.indexes.push({collection, keys: record(keyPattern), options: record({expireAfterSeconds}), line});
}

function isEmptyFilter(filter: unknown): boolean {
	return filter === undefined || (typeof filter === 'object' && filter !== null && Object.keys(filter).length === 0);
}

function record(value: unknown): Record<string, unknown> | undefined {
	return typeof value === 'object' && value !== null && isKnown(value) ? (value as Record<string, unknown>) : undefined;
}

function textOrUndefined(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}
