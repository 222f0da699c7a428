import type {Db} from 'mongodb';
import {type NeededIndex, nameOf} from '../../database/indexes.js';
import {errorMessage} from '../../kernel/errors.js';
import type {LoadHost} from '../open.js';
import type {Filling, Query} from '../workload/workload.js';
import {type Asked, askAlone, askPairs, explainAll, type Paired} from './ask-queries.js';
import {judgeIndex, judgeQuery, type QuerySeen} from './judge.js';
import type {PlanFacts} from './plan.js';
import {hintOf, tryHiding} from './removal.js';
import type {IndexReport, QueryReport} from './report.js';
import {suggestIndex} from './suggest.js';
import {openTwin, type Twin} from './twin.js';
import {measureWrites} from './write-cost.js';

export type CollectionTerms = {
	readonly db: Db;
	readonly collection: string;
	readonly indexes: readonly NeededIndex[];
	/** Where its documents come from; undefined where the workload does not fill it. */
	readonly filling: Filling | undefined;
	/** The queries to it. */
	readonly asked: readonly Asked[];
	readonly unseen: readonly string[];
	readonly isPartOnly: boolean;
	readonly samples: number;
	/** Whether the cost of inserts is wanted. */
	readonly writes: boolean;
};

type Compared = {
	readonly planWithout: PlanFacts | null;
	readonly times: Paired | null;
	/** Why one of them is missing. */
	readonly reason?: string;
};

type CollectionReport = {readonly queries: readonly QueryReport[]; readonly indexes: readonly IndexReport[]};

/** Every query to one collection and every index of it. */
export async function measureCollection(of: CollectionTerms, host: LoadHost): Promise<CollectionReport> {
	const {db, collection, indexes, asked} = of;
	const documents = await db.collection(collection).estimatedDocumentCount();
	const compared = new Map<Asked, Compared>();
	const reports: IndexReport[] = [];
	if (indexes.length > 0) {
		const twin = await openTwin(db, collection, indexes, host);
		for (const index of indexes) reports.push(await measureIndex(twin, index, of, compared, host));
		// What goes by several at once.
		for (const one of asked.filter((query) => query.indexes.length > 1))
			await twin.without(one.indexes, async () => void compared.set(one, await compare(db, twin, one, host)));
		await twin.drop();
	}
	const keys = new Map(indexes.map((index) => [nameOf(index), index.keys] as const));
	const queries: QueryReport[] = [];
	for (const one of asked) {
		const found = compared.get(one);
		queries.push(await reportOf(one, {db, documents, keys, found}, host));
	}
	return {queries, indexes: reports};
}

async function reportOf(
	{operation, collection, explained, queries, indexes: removed}: Asked,
	{
		db,
		documents,
		keys,
		found,
	}: {
		readonly db: Db;
		readonly documents: number;
		readonly keys: QuerySeen['indexes'];
		readonly found: Compared | undefined;
	},
	host: LoadHost,
): Promise<QueryReport> {
	const isAskable = found === undefined && explained.plan !== undefined;
	const alone = isAskable ? await orReason(() => askAlone(db, queries, host), host) : null;
	const reason = typeof alone === 'string' ? alone : found?.reason;
	return {
		operation,
		collection,
		documents,
		plan: explained.plan ?? null,
		removed,
		planWithout: found?.planWithout ?? null,
		times: found?.times ?? null,
		alone: typeof alone === 'string' ? null : alone,
		...(reason === undefined ? {} : {reason}),
		finding: judgeQuery({
			collection,
			documents,
			...explained,
			suggested: suggestIndex(queries[0] as Query),
			indexes: keys,
		}),
	};
}

/** Takes one index of the copy away: for the queries that go by it, for inserts, and for a hint. */
async function measureIndex(
	twin: Twin,
	index: NeededIndex,
	{db, collection, filling, asked, unseen, isPartOnly, samples, ...wanted}: CollectionTerms,
	compared: Map<Asked, Compared>,
	host: LoadHost,
): Promise<IndexReport> {
	const name = nameOf(index);
	const users = asked.filter(({indexes}) => indexes.includes(name));
	const query = users[0]?.queries[0];
	const hidden = await tryHiding(db, {collection: twin.name, index: name, query}, host);
	const {answer, buildMs} = await twin.without([name], async () => {
		const dropped = await hintOf(twin.collection, name, query, host);
		for (const one of users.filter(({indexes}) => indexes.length === 1))
			compared.set(one, await compare(db, twin, one, host));
		const writes = !wanted.writes
			? null
			: filling === undefined
				? ({kind: 'untried', reason: 'the workload does not fill this collection'} as const)
				: await measureWrites(db, {filling, twin: twin.name, batches: batchesOf(samples)}, host);
		return {dropped, writes};
	});
	const usedBy = users.map(({operation}) => operation);
	return {
		collection,
		name,
		usedBy,
		finding: judgeIndex({
			collection,
			name,
			isUnique: index.unique === true,
			isExpiring: index.expireAfterSeconds !== undefined,
			usedBy,
			isPartOnly,
			unexplained: asked.filter(({explained}) => explained.plan === undefined).map(({operation}) => operation),
			unseen,
			hides: hidden.kind === 'hidden',
		}),
		writes: answer.writes,
		removal: {dropped: answer.dropped, hidden},
		buildMs,
	};
}

async function compare(db: Db, twin: Twin, {queries}: Asked, host: LoadHost): Promise<Compared> {
	const there = queries.map((query) => ({...query, collection: twin.name}));
	const {plan, reason} = await explainAll(db, there, host);
	// What cannot be explained in time takes too long to be asked a hundred times.
	if (plan === undefined) return {planWithout: null, times: null, ...(reason === undefined ? {} : {reason})};
	const times = await orReason(() => askPairs(db, queries, twin.name, host), host);
	return typeof times === 'string' ? {planWithout: plan, times: null, reason: times} : {planWithout: plan, times};
}

/** What it gives, or why the server did not. */
async function orReason<T extends object>(work: () => Promise<T>, {signal, redact}: LoadHost): Promise<T | string> {
	try {
		return await work();
	} catch (error) {
		signal.throwIfAborted();
		return redact(errorMessage(error));
	}
}

/** Six pairs are the least that bound a median; forty bound it well. */
function batchesOf(samples: number): number {
	return Math.min(40, Math.max(6, Math.floor(samples / 5)));
}
