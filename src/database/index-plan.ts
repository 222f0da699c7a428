import {type CollectionIndexes, type Duplicates, MOST_VALUES} from './index-facts.js';
import {compareIndexes, type FoundIndex, fieldsOf, type NeededIndex, nameOf} from './indexes.js';
import {createIndexCommand, inMongosh} from './mongosh.js';

/** What stands in the way of an index, and how that is resolved. */
export type Obstacle = {
	readonly kind: 'options' | 'name' | 'duplicates';
	readonly message: string;
	readonly details: readonly string[];
	/** Commands and actions, one of which resolves it. */
	readonly mend: readonly string[];
	/** The index in the way. */
	readonly index?: FoundIndex;
};

export type IndexState = {
	readonly collection: string;
	readonly name: string;
	readonly index: NeededIndex;
	readonly state: 'present' | 'missing' | 'building' | 'conflicting';
	/** Of a build, where the server tells. */
	readonly share?: number;
	/** As it is typed in mongosh. */
	readonly command: string;
	readonly documents: number;
	readonly sizeBytes: number | undefined;
	readonly obstacle?: Obstacle;
	/** Whether there are doubles could not be told in time: the server will, at the end of the build. */
	readonly isUnsure?: boolean;
};

export type ExtraIndex = {readonly collection: string; readonly name: string; readonly fields: string};

export type IndexPlan = {
	readonly indexes: readonly IndexState[];
	/** There, and not declared. Never touched. */
	readonly extra: readonly ExtraIndex[];
};

/** How to ask whether there are doubles: `collection` and the index's name. */
export type DuplicatesOf = (collection: string, name: string) => Duplicates | undefined;

/** Where each declared index stands, and what would be in its way. Pure. */
export function planIndexes(facts: readonly CollectionIndexes[], duplicatesOf: DuplicatesOf): IndexPlan {
	return {
		indexes: facts.flatMap((one) => one.needed.map((index) => stateOf(index, one, duplicatesOf))),
		extra: facts.flatMap(extraIn),
	};
}

function stateOf(index: NeededIndex, facts: CollectionIndexes, duplicatesOf: DuplicatesOf): IndexState {
	const {collection, found, documents, sizeBytes, building} = facts;
	const name = nameOf(index);
	const about = {collection, name, index, documents, sizeBytes, command: createIndexCommand(collection, index)};
	const {present, conflicting} = compareIndexes([index], found);
	if (present.length > 0) return {...about, state: 'present'};
	const [conflict] = conflicting;
	if (conflict !== undefined) {
		const {found: other, differences} = conflict;
		const doubles = duplicatesOf(collection, name);
		if (doubles !== undefined && doubles !== 'unknown' && doubles.values > 0)
			return {...about, state: 'conflicting', obstacle: duplicatesObstacle(collection, index, doubles)};
		return {...about, state: 'conflicting', obstacle: optionsObstacle(collection, index, other, differences)};
	}
	const build = building.find((one) => one.name === name);
	if (build !== undefined)
		return {...about, state: 'building', ...(build.share === undefined ? {} : {share: build.share})};
	const namesake = found.find((other) => other.name === name);
	if (namesake !== undefined) return {...about, state: 'missing', obstacle: nameObstacle(collection, namesake)};
	const duplicates = duplicatesOf(collection, name);
	if (duplicates === 'unknown') return {...about, state: 'missing', isUnsure: true};
	if (duplicates !== undefined && duplicates.values > 0)
		return {...about, state: 'missing', obstacle: duplicatesObstacle(collection, index, duplicates)};
	return {...about, state: 'missing'};
}

function optionsObstacle(
	collection: string,
	needed: NeededIndex,
	found: FoundIndex,
	differences: readonly string[],
): Obstacle {
	return {
		kind: 'options',
		message: `${collection}.${found.name} is on the same fields, with other options`,
		details: differences,
		mend: waysOut(collection, needed, found, differences.length),
		index: found,
	};
}

/** The gentlest first: an option that can be changed where it stands needs no drop. */
function waysOut(collection: string, needed: NeededIndex, found: FoundIndex, differences: number): string[] {
	const quoted = JSON.stringify(found.name);
	const change = (option: string) =>
		`db.runCommand({collMod: ${JSON.stringify(collection)}, index: {name: ${quoted}, ${option}}})`;
	const isOnlyOne = differences === 1;
	if (isOnlyOne && found.hidden === true) return [`${inMongosh(collection)}.unhideIndex(${quoted})`];
	if (isOnlyOne && needed.expireAfterSeconds !== found.expireAfterSeconds && needed.expireAfterSeconds !== undefined)
		return [change(`expireAfterSeconds: ${needed.expireAfterSeconds}`)];
	const replace = `sastaops db indexes create ${collection} --replace ${found.name} --confirm ${found.name}`;
	if (isOnlyOne && needed.unique === true && found.unique !== true)
		return [replace, `${change('prepareUnique: true')}, then the same with unique: true   (MongoDB 6.0 or newer)`];
	return [replace];
}

function nameObstacle(collection: string, found: FoundIndex): Obstacle {
	return {
		kind: 'name',
		message: `the name ${found.name} is taken in ${collection}, by an index on ${fieldsOf(found)}`,
		details: [],
		mend: ['Give it another name in database.indexes: name'],
		index: found,
	};
}

function duplicatesObstacle(
	collection: string,
	{keys}: NeededIndex,
	{values, isMissing}: Exclude<Duplicates, 'unknown'>,
): Obstacle {
	const fields = Object.keys(keys);
	const key = `{${fields.map((field, at) => `k${at}: ${JSON.stringify(`$${field}`)}`).join(', ')}}`;
	const many = values === 1 ? '1 value' : `${values}${values >= MOST_VALUES ? ' or more' : ''} values`;
	return {
		kind: 'duplicates',
		message: `${many} of ${fields.join(', ')} in ${collection} ${values === 1 ? 'stands' : 'stand'} more than once`,
		details: [
			'which they are is not shown here: they may be customers’',
			...(isMissing ? ['documents without it count as one value: sparse: true leaves them out'] : []),
		],
		mend: [
			`${inMongosh(collection)}.aggregate([{$group: {_id: ${key}, ids: {$push: "$_id"}, n: {$sum: 1}}}, {$match: {n: {$gt: 1}}}])`,
			'Merge them in a migration: sastaops db migrate create',
		],
	};
}

function extraIn({collection, needed, found}: CollectionIndexes): ExtraIndex[] {
	return found
		.filter((index) => index.name !== '_id_' && compareIndexes(needed, [index]).present.length === 0)
		.filter((index) => compareIndexes(needed, [index]).conflicting.length === 0)
		.map((index) => ({collection, name: index.name, fields: fieldsOf(index)}));
}
