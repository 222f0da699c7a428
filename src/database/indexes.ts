import type {CollationOptions, Db, IndexDescription} from 'mongodb';
import {canonicalJson} from '../kernel/canonical.js';
import {errorCode} from '../kernel/errors.js';

/** An index as somebody needs it. Options that are left out must be off. */
export type NeededIndex = {
	/** Fields in their order, each 1, -1 or `text`. */
	readonly keys: Readonly<Record<string, number | string>>;
	readonly unique?: boolean | undefined;
	readonly sparse?: boolean | undefined;
	/** Documents go this long after the time in the field. */
	readonly expireAfterSeconds?: number | undefined;
	readonly partialFilterExpression?: Readonly<Record<string, unknown>> | undefined;
	/** Only what is written here is compared: the server adds its own defaults. */
	readonly collation?: Readonly<Record<string, unknown>> | undefined;
	/** Used when it is made; an index is as good under any. */
	readonly name?: string | undefined;
};

/** An index as the server lists it. */
export type FoundIndex = {
	readonly name: string;
	readonly key: Readonly<Record<string, unknown>>;
	readonly unique?: boolean;
	readonly sparse?: boolean;
	/** Kept up to date, and used by no query. */
	readonly hidden?: boolean;
	readonly expireAfterSeconds?: number;
	readonly partialFilterExpression?: Readonly<Record<string, unknown>>;
	readonly collation?: Readonly<Record<string, unknown>>;
	/** Fields of a text index: its key names none. */
	readonly weights?: Readonly<Record<string, number>>;
};

export type IndexConflict = {
	readonly needed: NeededIndex;
	readonly found: FoundIndex;
	readonly differences: readonly string[];
};

export type IndexComparison = {
	readonly present: readonly NeededIndex[];
	readonly missing: readonly NeededIndex[];
	/** On the same fields, with other options, and none with the right ones. */
	readonly conflicting: readonly IndexConflict[];
};

/** Compares by fields and options, not by name: an index is as good under any. Pure. */
export function compareIndexes(needed: readonly NeededIndex[], found: readonly FoundIndex[]): IndexComparison {
	const present: NeededIndex[] = [];
	const missing: NeededIndex[] = [];
	const conflicting: IndexConflict[] = [];
	for (const index of needed) {
		const others = needed.filter((other) => other !== index);
		const same = found
			.filter((other) => fieldsOf(other) === indexName(index.keys))
			// One that is needed as it is stands in nobody's way.
			.filter((other) => !others.some((wanted) => isSame(wanted, other)))
			.map((other) => ({found: other, differences: differencesOf(index, other)}))
			.sort((a, b) => a.differences.length - b.differences.length);
		const [nearest] = same;
		if (nearest === undefined) missing.push(index);
		else if (nearest.differences.length > 0) conflicting.push({needed: index, ...nearest});
		else present.push(index);
	}
	return {present, missing, conflicting};
}

/** MongoDB's own default name: `userId_1_createdAt_-1`. */
export function indexName(keys: NeededIndex['keys']): string {
	return Object.entries(keys)
		.map(([field, direction]) => `${field}_${direction}`)
		.join('_');
}

/** The name it has, or is made under. */
export function nameOf({keys, name}: NeededIndex): string {
	return name ?? indexName(keys);
}

/** As the driver takes it. */
export function describeIndex({keys, name, collation, ...options}: NeededIndex): IndexDescription {
	return {
		key: {...keys} as NonNullable<IndexDescription['key']>,
		name: name ?? indexName(keys),
		...(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as object),
		...(collation === undefined ? {} : {collation: collation as unknown as CollationOptions}),
	};
}

/** The indexes of a collection; none where there is no such collection. */
export async function listIndexes(db: Db, collection: string): Promise<FoundIndex[]> {
	const NAMESPACE_NOT_FOUND = 26;
	try {
		return (await db.collection(collection).indexes()) as unknown as FoundIndex[];
	} catch (error) {
		if (errorCode(error) === NAMESPACE_NOT_FOUND) return [];
		throw error;
	}
}

/** The fields of an index in the words of `indexName`. */
export function fieldsOf({key, weights}: FoundIndex): string {
	if (!weights) return indexName(key as NeededIndex['keys']);
	return indexName(Object.fromEntries(Object.keys(weights).map((field) => [field, 'text'])));
}

function isSame(needed: NeededIndex, found: FoundIndex): boolean {
	return fieldsOf(found) === indexName(needed.keys) && differencesOf(needed, found).length === 0;
}

function differencesOf(needed: NeededIndex, found: FoundIndex): string[] {
	const differences: string[] = [];
	if ((needed.unique ?? false) !== (found.unique ?? false))
		differences.push(found.unique ? 'it is unique, and must not be' : 'it is not unique, and must be');
	if (needed.expireAfterSeconds !== found.expireAfterSeconds)
		differences.push(`it ${lifeOf(found)}, and must be one that ${lifeOf(needed)}`);
	if ((needed.sparse ?? false) !== (found.sparse ?? false))
		differences.push(found.sparse ? 'it is sparse, and must not be' : 'it is not sparse, and must be');
	if (canonicalJson(needed.partialFilterExpression) !== canonicalJson(found.partialFilterExpression))
		differences.push(`it holds ${partOf(found)}, and must hold ${partOf(needed)}`);
	if (!isSameCollation(needed.collation, found.collation))
		differences.push(`it compares text by ${collationOf(found)}, and must by ${collationOf(needed)}`);
	if (found.hidden === true) differences.push('it is hidden, so that no query uses it');
	return differences;
}

function partOf({partialFilterExpression}: Pick<NeededIndex, 'partialFilterExpression'>): string {
	return partialFilterExpression === undefined
		? 'every document'
		: `those with ${canonicalJson(partialFilterExpression)}`;
}

/** None at all is the plain comparison of bytes, which may also be asked for as locale `simple`. */
function isSameCollation(needed: NeededIndex['collation'], found: FoundIndex['collation']): boolean {
	const isPlain = needed === undefined || needed['locale'] === 'simple';
	if (isPlain || found === undefined) return isPlain && found === undefined;
	return Object.entries(needed).every(([key, value]) => canonicalJson(found[key]) === canonicalJson(value));
}

function collationOf({collation}: Pick<NeededIndex, 'collation'>): string {
	if (collation === undefined) return 'its bytes';
	const {locale, strength} = collation;
	return `locale ${String(locale)}${strength === undefined ? '' : `, strength ${String(strength)}`}`;
}

function lifeOf({expireAfterSeconds}: Pick<NeededIndex, 'expireAfterSeconds'>): string {
	return expireAfterSeconds === undefined ? 'keeps documents' : `deletes documents after ${expireAfterSeconds} s`;
}
