import type {Db, Document, Filter} from 'mongodb';
import type {RuleFinding} from './lint.js';
import type {IndexFact, SourceFacts, ValidatorFact} from './source-facts.js';

/** More groups of duplicates than this are not told apart. */
const MOST_GROUPS = 1000;

/** Rules that compare what a migration is about to do with the data that is there; counted by the server, nothing is written. */
export async function lintData(facts: SourceFacts, db: Db, nowMs: number): Promise<RuleFinding[]> {
	const found: RuleFinding[] = [];
	for (const index of facts.indexes) found.push(...(await lintIndex(index, db, nowMs)));
	for (const validator of facts.validators) found.push(...(await lintValidator(validator, db)));
	return found;
}

async function lintIndex({collection, keys, options, line}: IndexFact, db: Db, nowMs: number): Promise<RuleFinding[]> {
	if (collection === undefined || keys === undefined || options === undefined) {
		return [
			{
				rule: 'not-readable',
				severity: 'warning',
				line,
				message:
					'builds an index whose collection, keys or options are not spelt out, so it was not compared with the data',
				mend: 'Write them as literals, or check the data by hand',
			},
		];
	}
	const findings: RuleFinding[] = [];
	if (options['unique'] === true) findings.push(...(await lintUnique({collection, keys, options, line}, db)));
	const seconds = options['expireAfterSeconds'];
	if (typeof seconds === 'number') findings.push(await lintTtl({collection, keys, options, line}, seconds, db, nowMs));
	return findings;
}

type ReadIndex = IndexFact & {collection: string; keys: Record<string, unknown>; options: Record<string, unknown>};

async function lintUnique({collection, keys, options, line}: ReadIndex, db: Db): Promise<RuleFinding[]> {
	const fields = Object.keys(keys);
	const groups = await db
		.collection(collection)
		.aggregate(
			[
				{$match: coveredBy(fields, options)},
				// Inside an array a missing field is null, and so it is to an index.
				{$group: {_id: fields.map((field) => `$${field}`), documents: {$sum: 1}}},
				{$match: {documents: {$gt: 1}}},
				{$limit: MOST_GROUPS},
			],
			{allowDiskUse: true},
		)
		.toArray();
	if (groups.length === 0) return [];
	const count = `${groups.length === MOST_GROUPS ? 'at least ' : ''}${groups.length.toLocaleString('en')}`;
	const samples = groups
		.slice(0, 3)
		.map(({_id}) => (_id as unknown[]).map((value) => JSON.stringify(value)).join(', '));
	return [
		{
			rule: 'unique-over-duplicates',
			severity: 'error',
			line,
			message: `wants ${fields.join(', ')} of ${collection} unique, but ${count} ${groups.length === 1 ? 'value stands' : 'values stand'} in more than one document: ${samples.join('; ')}`,
			mend: 'Merge or mend the duplicates in a migration before this one',
		},
	];
}

/** The documents an index holds: all, or those of a sparse or partial one. */
function coveredBy(fields: readonly string[], options: Readonly<Record<string, unknown>>): Filter<Document> {
	if (options['partialFilterExpression']) return options['partialFilterExpression'] as Filter<Document>;
	return options['sparse'] === true ? {$or: fields.map((field) => ({[field]: {$exists: true}}))} : {};
}

async function lintTtl(
	{collection, keys, line}: ReadIndex,
	seconds: number,
	db: Db,
	nowMs: number,
): Promise<RuleFinding> {
	const [field = ''] = Object.keys(keys);
	const victims = await db.collection(collection).countDocuments({[field]: {$lte: new Date(nowMs - seconds * 1000)}});
	return {
		rule: 'ttl-deletes',
		severity: victims > 0 ? 'error' : 'warning',
		line,
		message:
			victims > 0
				? `makes ${collection} expire by ${field}: the server will delete ${victims.toLocaleString('en')} documents within minutes`
				: `makes ${collection} expire by ${field}: from now on documents are deleted when they are ${seconds.toLocaleString('en')} s old`,
		mend: 'If that is meant, say so by `accept` in the file',
	};
}

async function lintValidator({collection, validator, line}: ValidatorFact, db: Db): Promise<RuleFinding[]> {
	if (collection === undefined || validator === undefined) {
		return [
			{
				rule: 'not-readable',
				severity: 'warning',
				line,
				message: 'sets a validator that is not spelt out, so it was not compared with the data',
				mend: 'Write it as a literal, or check the data by hand',
			},
		];
	}
	if (Object.keys(validator).length === 0) return [];
	const violators = await db.collection(collection).countDocuments({$nor: [validator as Filter<Document>]});
	if (violators === 0) return [];
	return [
		{
			rule: 'validator-stricter-than-data',
			severity: 'error',
			line,
			message: `sets a validator that ${violators.toLocaleString('en')} documents of ${collection} do not meet: every later update of them fails`,
			mend: 'Mend them in a migration before this one',
		},
	];
}
