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
	/** Reads what is still under way, and stops. Never throws. */
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

	/** Reads on until an empty answer that was asked for after the stop. */
	async function follow(): Promise<boolean> {
		for (;;) {
			const isLast = isStopping;
			const event = await stream.tryNext();
			if (event !== null) count(changes, event);
			else if (isLast) return true;
		}
	}

	// The first answer fixes the point from which changes are told; failing is an answer too.
	const isOpen = await firstAnswer(stream, changes);
	const followed = isOpen ? follow().catch(() => false) : Promise.resolve(false);
	return {
		async finish() {
			isStopping = true;
			const isComplete = await followed;
			await stream.close().catch(() => undefined);
			if (!isComplete) return {writes: 'unknown', changes: new Map()};
			return {writes: changes.size === 0 ? 'none' : 'seen', changes};
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
