import type {Db} from 'mongodb';
import {canonicalJson} from '../../kernel/canonical.js';
import {errorCode} from '../../kernel/errors.js';
import {makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';
import {compareIndexes, type FoundIndex, fieldsOf, listIndexes, type NeededIndex} from '../indexes.js';
import {inMongosh} from '../mongosh.js';
import {askIfAllowed} from '../refused.js';
import {isTheShops} from './privileges.js';

/** How often an index was used, on the node that was asked. */
export type Usage = {
	readonly name: string;
	readonly ops: number;
	/** Undefined where the server does not say since when it counts. */
	readonly sinceMs: number | undefined;
};

export type SpareFacts = {
	readonly nowMs: number;
	readonly collections: readonly {
		readonly collection: string;
		readonly found: readonly FoundIndex[];
		/** Those that the configuration declares. */
		readonly needed: readonly NeededIndex[];
		/** Undefined where it is not told to this user. */
		readonly usage: readonly Usage[] | undefined;
	}[];
};

/** Collections beyond these are not looked at. */
const MOST_COLLECTIONS = 100;

/** A monthly report may use an index that a week does not. */
const UNUSED_DAYS = 7;

const DAY_MS = 86_400_000;

export const spareIndexesCheck = makeCheck<SpareFacts>({
	id: 'spare-indexes',
	title: 'No index costs writes and memory for nothing',
	async gather(context) {
		const {db, config, host} = context;
		const listed = await context.collections();
		const names = 'value' in listed ? listed.value.map(({name}) => name).filter(isTheShops) : [];
		const collections = await Promise.all(
			names.slice(0, MOST_COLLECTIONS).map(async (collection) => ({
				collection,
				found: await listIndexes(db, collection),
				needed: config.indexes[collection] ?? [],
				usage: await readUsage(db, collection),
			})),
		);
		return {nowMs: host.now(), collections};
	},
	judge: (facts) => judgeSpare(facts),
});

async function readUsage(db: Db, collection: string): Promise<readonly Usage[] | undefined> {
	const answer = await askIfAllowed(() =>
		db
			.collection(collection)
			.aggregate<{name: string; accesses?: {ops?: unknown; since?: unknown}}>([{$indexStats: {}}])
			.toArray(),
	).catch((error: unknown) => {
		// Dropped since it was listed.
		if (errorCode(error) === 26) return {value: []};
		throw error;
	});
	if ('unavailable' in answer) return undefined;
	return mergeUsage(
		answer.value.map(({name, accesses}) => ({
			name,
			ops: Number(accesses?.ops ?? 0),
			sinceMs: accesses?.since instanceof Date ? accesses.since.getTime() : undefined,
		})),
	);
}

/** A sharded cluster tells of each shard: what one uses is used, and all have counted only since the last began. Pure. */
export function mergeUsage(told: readonly Usage[]): readonly Usage[] {
	const byName = new Map<string, Usage>();
	for (const one of told) {
		const before = byName.get(one.name);
		byName.set(one.name, before === undefined ? one : bothOf(before, one));
	}
	return [...byName.values()];
}

function bothOf(a: Usage, b: Usage): Usage {
	const isTold = a.sinceMs !== undefined && b.sinceMs !== undefined;
	return {name: a.name, ops: a.ops + b.ops, sinceMs: isTold ? Math.max(a.sinceMs, b.sinceMs) : undefined};
}

export function judgeSpare({collections, nowMs}: SpareFacts): readonly DatabaseFinding[] {
	const redundant = collections.flatMap((one) => redundantIn(one));
	const unused = collections.flatMap((one) => unusedIn(one, nowMs, new Set(redundant.map(({subject}) => subject))));
	const isTold = collections.some(({usage}) => usage?.some(({sinceMs}) => sinceMs !== undefined));
	const told: DatabaseFinding[] = isTold
		? []
		: [{verdict: 'skip', isUnavailable: true, subject: 'usage', reason: 'how often indexes are used is not told'}];
	const count = collections.reduce((sum, {found}) => sum + found.length, 0);
	const findings = [...redundant, ...unused];
	return findings.length > 0
		? [...findings, ...told]
		: [{verdict: 'pass', reason: `none of ${count} is the beginning of another`}, ...told];
}

function redundantIn({collection, found, needed}: SpareFacts['collections'][number]): DatabaseFinding[] {
	return found.filter(isPlain).flatMap((index): DatabaseFinding[] => {
		const wider = found.find((other) => isBeginningOf(index, other));
		if (wider === undefined) return [];
		const isDeclared = compareIndexes(needed, [index]).present.length > 0;
		return [
			{
				verdict: 'warn',
				subject: `${collection}.${index.name}`,
				reason: `${collection}.${index.name} is the beginning of ${wider.name}, which serves its queries as well`,
				mend: [
					...(isDeclared ? ['Take it out of database.indexes, then'] : []),
					`${inMongosh(collection)}.hideIndex(${JSON.stringify(index.name)})   (and drop it when nobody misses it)`,
				],
			},
		];
	});
}

function unusedIn(
	{collection, found, needed, usage = []}: SpareFacts['collections'][number],
	nowMs: number,
	known: ReadonlySet<string | undefined>,
): DatabaseFinding[] {
	return found.flatMap((index): DatabaseFinding[] => {
		const subject = `${collection}.${index.name}`;
		const counted = usage.find(({name}) => name === index.name);
		const isDeclared = compareIndexes(needed, [index]).present.length > 0;
		const cannotGo = index.name === '_id_' || index.unique === true || index.expireAfterSeconds !== undefined;
		if (cannotGo || isDeclared || known.has(subject) || counted?.sinceMs === undefined || counted.ops > 0) return [];
		const days = Math.floor((nowMs - counted.sinceMs) / DAY_MS);
		if (days < UNUSED_DAYS) return [];
		return [
			{
				verdict: 'warn',
				subject,
				reason: `${subject} was not used once in ${days} days`,
				evidence: ['counted on the node that was asked; others may use it, and a restart begins the count anew'],
				mend: [
					`${inMongosh(collection)}.hideIndex(${JSON.stringify(index.name)})   (and drop it when nobody misses it)`,
				],
			},
		];
	});
}

/** One that only helps queries to be fast: no rule, no clock, no part of the documents. */
function isPlain(index: FoundIndex): boolean {
	const {name, key, unique, sparse, hidden, expireAfterSeconds, partialFilterExpression} = index;
	return (
		name !== '_id_' &&
		unique !== true &&
		sparse !== true &&
		hidden !== true &&
		expireAfterSeconds === undefined &&
		partialFilterExpression === undefined &&
		Object.values(key).every((direction) => direction === 1 || direction === -1)
	);
}

/** Whether the fields of one are the first of the other's, in the same directions or all of them turned. */
function isBeginningOf(index: FoundIndex, other: FoundIndex): boolean {
	const [own, wider] = [Object.entries(index.key), Object.entries(other.key)];
	const isWider = wider.length > own.length && fieldsOf(index) !== fieldsOf(other);
	const isWhole = other.sparse !== true && other.hidden !== true && other.partialFilterExpression === undefined;
	if (!isWider || !isWhole || canonicalJson(index.collation) !== canonicalJson(other.collation)) return false;
	const begins = (turn: 1 | -1) =>
		own.every(([field, direction], at) => wider[at]?.[0] === field && wider[at]?.[1] === Number(direction) * turn);
	return begins(1) || begins(-1);
}
