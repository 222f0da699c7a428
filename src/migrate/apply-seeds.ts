import {type Collection, type Db, ObjectId} from 'mongodb';
import type {Host} from '../kernel/host.js';
import type {Lease} from '../kernel/lease.js';
import {compareSeed, type LoadedSeed, type SeedDocument} from './seeds.js';

/** In the shop's own database, beside the migrations. */
export const SEEDS_COLLECTION = 'sastaops_seeds';

type SeedRow = {
	/** `<run>:<seed>` */
	readonly _id: string;
	readonly run: string;
	readonly seed: string;
	readonly collection: string;
	readonly checksum: string;
	readonly token: number;
	/** `_id`s given to the documents this run adds, written down before they are added. */
	readonly inserted: readonly unknown[];
	readonly changed: number;
	readonly startedAt: Date;
	readonly finishedAt: Date | null;
	readonly undoneAt: Date | null;
};

export type SeedRequest = {
	readonly db: Db;
	readonly lease: Pick<Lease, 'token' | 'assertHeld'>;
	readonly seeds: readonly LoadedSeed[];
	readonly run: string;
	readonly signal: AbortSignal;
};

export type AppliedSeed = {readonly id: string; readonly added: number; readonly changed: number};

/** Makes every seed's documents be there, found by their keys. Doing it twice, or again after a cut, changes nothing more. */
export async function applySeeds(request: SeedRequest, host: Pick<Host, 'now' | 'fault'>): Promise<AppliedSeed[]> {
	const applied: AppliedSeed[] = [];
	for (const seed of request.seeds) {
		request.signal.throwIfAborted();
		await host.fault('seed.before');
		applied.push(await applySeed(request, seed, host));
		await host.fault('seed.after');
	}
	return applied;
}

/**
 * Takes out what a run's seeds added; documents they only changed stay changed, and are counted.
 * @returns documents removed, and documents left changed
 */
export async function undoSeeds(
	{db, lease, run}: Pick<SeedRequest, 'db' | 'lease' | 'run'>,
	host: Pick<Host, 'now'>,
): Promise<{readonly removed: number; readonly leftChanged: number}> {
	const rows = seedRows(db);
	let removed = 0;
	let leftChanged = 0;
	for (const {_id, collection, inserted, changed} of await rows.find({run, undoneAt: null}).toArray()) {
		await lease.assertHeld();
		removed += (await db.collection(collection).deleteMany({_id: {$in: inserted as never[]}})).deletedCount;
		leftChanged += changed;
		await rows.updateOne({_id}, {$set: {undoneAt: new Date(host.now())}});
	}
	return {removed, leftChanged};
}

function seedRows(db: Db): Collection<SeedRow> {
	return db.collection<SeedRow>(SEEDS_COLLECTION, {writeConcern: {w: 'majority'}});
}

async function applySeed(
	{db, lease, run}: SeedRequest,
	{id, checksum, seed}: LoadedSeed,
	host: Pick<Host, 'now'>,
): Promise<AppliedSeed> {
	const documents = await compareSeed(db, seed);
	const added = documents.filter(({found}) => found === undefined);
	const changed = documents.filter(({found, changes}) => found && Object.keys(changes).length > 0);
	const withIds = added.map((item) => ({...item, _id: (item.document['_id'] as unknown) ?? new ObjectId()}));

	const rows = seedRows(db);
	const rowId = `${run}:${id}`;
	await lease.assertHeld();
	await rows.updateOne(
		{_id: rowId},
		{
			$setOnInsert: {run, seed: id, collection: seed.collection, startedAt: new Date(host.now())},
			$set: {checksum, token: lease.token, finishedAt: null, undoneAt: null},
			// After a cut the ids of the first try are still those that must be undone.
			$addToSet: {inserted: {$each: withIds.map(({_id}) => _id)}},
			$max: {changed: changed.length},
		},
		{upsert: true},
	);
	const collection = db.collection(seed.collection);
	for (const {_id, filter, document} of withIds) await insertSeed({lease, collection}, {_id, filter, document});
	for (const {found, changes} of changed) {
		await lease.assertHeld();
		await collection.updateOne({_id: found?.['_id'] as never}, {$set: changes});
	}
	await lease.assertHeld();
	await rows.updateOne({_id: rowId}, {$set: {finishedAt: new Date(host.now())}});
	return {id, added: added.length, changed: changed.length};
}

/** By an upsert, not an insert: somebody may have added the same key meanwhile, and then keeps it. */
async function insertSeed(
	{lease, collection}: Pick<SeedRequest, 'lease'> & {collection: Collection},
	{_id, filter, document}: Pick<SeedDocument, 'filter' | 'document'> & {_id: unknown},
): Promise<void> {
	await lease.assertHeld();
	const {_id: _given, ...others} = document;
	const rest = Object.fromEntries(Object.entries(others).filter(([field]) => !(field in filter)));
	await collection.updateOne(
		filter,
		{$setOnInsert: {...rest, ...('_id' in filter ? {} : {_id: _id as never})}},
		{upsert: true},
	);
}
