import {type ChangeStream, type Document, Timestamp} from 'mongodb';
import type {Mongo} from '../ports/mongo.js';
import {isControlCollection} from './control.js';
import {readServerTime} from './server-facts.js';

export type CollectionChanges = {inserted: number; deleted: number; isReshaped: boolean};

/** A document that was not there before `at`. */
export type Witness = {readonly collection: string; readonly key: Document; readonly at: Timestamp};

/** What was written to a database during a stretch of time. */
export type WriteObservation = {
	/** `unknown` where the server has no change streams, or we may not read them. */
	readonly writes: 'none' | 'seen' | 'unknown';
	readonly changes: ReadonlyMap<string, Readonly<CollectionChanges>>;
	/** The last document inserted. */
	readonly witness: Witness | undefined;
};

export type WriteWatch = {
	/** What happened up to now. Never throws. */
	observe(): Promise<WriteObservation>;
	/** The same, and stops watching; later calls give the last answer again. */
	finish(): Promise<WriteObservation>;
};

/** How long the server holds an empty answer back: bounds both the end of the watch and its idle traffic. */
const MAX_AWAIT_MS = 20;

/** Begins to count what is written to a database. */
export async function watchWrites(mongo: Mongo, database: string): Promise<WriteWatch> {
	const changes = new Map<string, CollectionChanges>();
	const pipeline = [{$project: {operationType: 1, ns: 1, clusterTime: 1, documentKey: 1}}];
	const stream = mongo.db(database).watch(pipeline, {maxAwaitTimeMS: MAX_AWAIT_MS});
	let isStopping = false;
	let passes = 0;
	let reached: Timestamp | undefined;
	let witness: Witness | undefined;
	let onPass = (): void => undefined;

	/** Reads on; what happened before an empty answer was asked for is known once it comes. */
	async function follow(): Promise<boolean> {
		while (!isStopping) {
			const event = await stream.tryNext();
			if (event === null) passes++;
			else {
				count(changes, event);
				if (event['clusterTime'] instanceof Timestamp) reached = event['clusterTime'];
				witness = witnessOf(event) ?? witness;
			}
			onPass();
		}
		return true;
	}

	// The first answer fixes the point from which changes are told; failing is an answer too.
	let isAlive = await firstAnswer(stream, changes);
	const followed = isAlive ? follow().catch(() => false) : Promise.resolve(false);
	const lost = followed.then((isWhole) => {
		isAlive &&= isWhole;
		onPass();
	});

	async function observe(): Promise<WriteObservation> {
		// Under steady writes no answer is ever empty: then an event of after now tells that all before it are known.
		const now = isAlive ? await readServerTime(mongo).catch(() => undefined) : undefined;
		// The answer under way may have been asked for too early; the one after it was not.
		const enough = passes + 2;
		const isBehind = () => now === undefined || reached === undefined || reached.compare(now) <= 0;
		while (isAlive && passes < enough && isBehind()) {
			await new Promise<void>((resolve) => {
				onPass = resolve;
			});
		}
		if (!isAlive) return {writes: 'unknown', changes: new Map(), witness: undefined};
		return {writes: changes.size === 0 ? 'none' : 'seen', changes: new Map(changes), witness};
	}

	async function observeAndStop(): Promise<WriteObservation> {
		const observation = await observe();
		isStopping = true;
		await lost;
		await stream.close().catch(() => undefined);
		return observation;
	}

	let last: Promise<WriteObservation> | undefined;
	return {
		observe,
		finish() {
			last ??= observeAndStop();
			return last;
		},
	};
}

async function firstAnswer(stream: ChangeStream, changes: Map<string, CollectionChanges>): Promise<boolean> {
	try {
		const event = await stream.tryNext();
		if (event !== null) count(changes, event);
		return true;
	} catch {
		return false;
	}
}

function witnessOf(event: Document): Witness | undefined {
	const {operationType, ns, documentKey, clusterTime} = event;
	if (operationType !== 'insert' || !(clusterTime instanceof Timestamp)) return undefined;
	return {collection: String(ns?.['coll']), key: documentKey as Document, at: clusterTime};
}

function count(changes: Map<string, CollectionChanges>, event: Document): void {
	const name = String(event['ns']?.['coll'] ?? '');
	if (isControlCollection(name)) return;
	const entry = changes.get(name) ?? {inserted: 0, deleted: 0, isReshaped: false};
	changes.set(name, entry);
	switch (event['operationType']) {
		case 'insert':
			entry.inserted++;
			return;
		case 'delete':
			entry.deleted++;
			return;
		case 'update':
		case 'replace':
			return;
		default:
			// Dropped, renamed, invalidated: its count may be anything.
			entry.isReshaped = true;
	}
}
