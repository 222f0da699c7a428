import type {ChangeStream, Document} from 'mongodb';
import type {Mongo} from '../ports/mongo.js';
import {isControlCollection} from './control.js';

export type CollectionChanges = {inserted: number; deleted: number; isReshaped: boolean};

/** What was written to a database during a stretch of time. */
export type WriteObservation = {
	/** `unknown` where the server has no change streams, or we may not read them. */
	readonly writes: 'none' | 'seen' | 'unknown';
	readonly changes: ReadonlyMap<string, Readonly<CollectionChanges>>;
};

export type WriteWatch = {
	/** What happened up to now. Never throws. */
	observe(): Promise<WriteObservation>;
	/** The same, and stops watching; later calls give the last answer again. */
	finish(): Promise<WriteObservation>;
};

/** How long the server holds an empty answer back: bounds both the end of the watch and its idle traffic. */
const MAX_AWAIT_MS = 100;

/** Begins to count what is written to a database. */
export async function watchWrites(mongo: Mongo, database: string): Promise<WriteWatch> {
	const changes = new Map<string, CollectionChanges>();
	const pipeline = [{$project: {operationType: 1, ns: 1}}];
	const stream = mongo.db(database).watch(pipeline, {maxAwaitTimeMS: MAX_AWAIT_MS});
	let isStopping = false;
	let passes = 0;
	let onPass = (): void => undefined;

	/** Reads on and counts the empty answers: what happened before one was asked for is known once it comes. */
	async function follow(): Promise<boolean> {
		while (!isStopping) {
			const event = await stream.tryNext();
			if (event !== null) count(changes, event);
			else {
				passes++;
				onPass();
			}
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
		// The answer under way may have been asked for too early; the one after it was not.
		const enough = passes + 2;
		while (isAlive && !isStopping && passes < enough) {
			await new Promise<void>((resolve) => {
				onPass = resolve;
			});
		}
		if (!isAlive) return {writes: 'unknown', changes: new Map()};
		return {writes: changes.size === 0 ? 'none' : 'seen', changes: new Map(changes)};
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
