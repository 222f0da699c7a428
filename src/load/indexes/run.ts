import {type NeededIndex, nameOf} from '../../database/indexes.js';
import type {ArrivalPlan} from '../arrivals.js';
import type {LoadHost, OpenLoad} from '../open.js';
import type {Look} from '../run.js';
import {type Asked, explainAll, queriesOf} from './ask-queries.js';
import {type BuildEffect, measureBuild} from './build.js';
import {measureCollection} from './collection.js';
import type {IndexesReport} from './report.js';

export type IndexesTerms = {
	/** Of each query, with and without. */
	readonly samples: number;
	readonly builds: boolean;
	readonly writes: boolean;
	/** Of the load during which an index is built. */
	readonly plan: ArrivalPlan;
	readonly workers: number;
	readonly options: Readonly<Record<string, number | boolean>>;
	readonly onLook: (look: Look) => void;
};

/** What each index does for the workload, and what it costs. */
export async function runIndexes(load: OpenLoad, terms: IndexesTerms, host: LoadHost): Promise<IndexesReport> {
	const {workload, place, size, server} = load;
	const asked = await askAll(load, terms, host);
	const collections = [...new Set([...Object.keys(workload.indexes), ...asked.map(({collection}) => collection)])];
	const unseen = workload.operations.filter(({query}) => query === undefined).map(({name}) => name);
	const parts: Awaited<ReturnType<typeof measureCollection>>[] = [];
	for (const [at, collection] of collections.entries()) {
		const step = {
			type: 'step',
			name: `indexes-${collection}`,
			title: `${collection}, with and without each of its indexes`,
			index: at + 1,
			total: collections.length + (terms.builds ? 1 : 0),
		} as const;
		host.emit({...step, state: 'start'});
		const beganMs = host.monotonicMs();
		parts.push(
			await measureCollection(
				{
					db: place.db,
					collection,
					indexes: workload.indexes[collection] ?? [],
					filling: workload.collections(size).find((one) => one.collection === collection),
					asked: asked.filter((one) => one.collection === collection),
					unseen,
					isPartOnly: load.choice.only !== undefined,
					samples: terms.samples,
					writes: terms.writes,
				},
				host,
			),
		);
		host.emit({...step, state: 'done', durationMs: host.monotonicMs() - beganMs});
	}
	return {
		server,
		documents: size.documents,
		samples: terms.samples,
		way: 'dropped in a copy',
		queries: asked.flatMap(({operation}) =>
			parts.flatMap(({queries}) => queries.filter((one) => one.operation === operation)),
		),
		unseen,
		indexes: parts.flatMap(({indexes}) => indexes),
		build: terms.builds ? await buildOne(load, asked, terms, host) : null,
	};
}

async function askAll({workload, place, size}: OpenLoad, {samples}: IndexesTerms, host: LoadHost): Promise<Asked[]> {
	const asked: Asked[] = [];
	for (const operation of workload.operations) {
		if (operation.query === undefined) continue;
		const queries = queriesOf(operation, size, samples);
		// An operation asks one collection: a query to another would be another operation.
		const collection = queries[0]?.collection as string;
		const explained = await explainAll(place.db, queries, host);
		const indexes = (explained.plan?.indexes ?? []).filter((one) => one !== '_id_');
		asked.push({operation: operation.name, collection, queries, explained, indexes});
	}
	return asked;
}

/**
 * The first index of the largest collection, under a load of the operations that do without it: what they feel is the
 * build, not that the index is missing.
 */
async function buildOne(
	load: OpenLoad,
	asked: readonly Asked[],
	terms: IndexesTerms,
	host: LoadHost,
): Promise<BuildEffect> {
	const {workload, place} = load;
	let largest: {collection: string; index: NeededIndex; documents: number} | undefined;
	for (const [collection, [index]] of Object.entries(workload.indexes)) {
		if (index === undefined) continue;
		const documents = await place.db.collection(collection).estimatedDocumentCount();
		if (documents > (largest?.documents ?? 0)) largest = {collection, index, documents};
	}
	if (largest === undefined)
		return {kind: 'untried', reason: 'the workload declares no index of a collection with documents'};
	const {collection, index} = largest;
	const needing = asked.filter((one) => one.collection === collection && one.indexes.includes(nameOf(index)));
	const all = workload.operations.map(({name}) => name);
	const others = all.filter((name) => !needing.some(({operation}) => operation === name));
	if (others.length === 0)
		return {kind: 'untried', reason: `every operation goes by ${nameOf(index)}: none is left to feel its build`};
	return measureBuild(load, {...terms, collection, index, operations: others}, host);
}
