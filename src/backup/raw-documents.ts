import {BSON, type Db, type Document, type Timestamp} from 'mongodb';
import {DocumentSequence} from 'mongodb/lib/cmap/commands.js';

export type RawReadOptions = {
	readonly signal: AbortSignal;
	/** Read the collection as it was at this time of the server's clock. */
	readonly asOf?: Timestamp | undefined;
};

/** What one reply should hold: few enough that a reply and its copy stay small, many enough that round trips do not count. */
const TARGET_BATCH_BYTES = 512 * 1024;
const FIRST_BATCH_DOCUMENTS = 101;
const MAX_BATCH_DOCUMENTS = 50_000;

/** Whole documents back to back, and how many they are. */
export type RawBatch = {readonly bytes: Buffer; readonly documents: number};

/** Reads a collection as raw BSON, in natural order; the next reply is under way while one is being used. */
export async function* readRawBatches(db: Db, collection: string, options: RawReadOptions): AsyncGenerator<RawBatch> {
	// A cursor can be read on in its own session only, so there has to be one.
	const session = db.client.startSession({causalConsistency: false});
	const command = (body: Document) => db.command(body, {raw: true, session}) as Promise<{cursor: Uint8Array}>;
	let id = 0n;
	let pending: Promise<{cursor: Uint8Array}> | undefined = command({
		find: collection,
		hint: {$natural: 1},
		batchSize: FIRST_BATCH_DOCUMENTS,
		...(options.asOf === undefined ? {} : {readConcern: {level: 'snapshot', atClusterTime: options.asOf}}),
	});
	try {
		while (pending !== undefined) {
			const reply = readCursor((await pending).cursor);
			pending = undefined;
			options.signal.throwIfAborted();
			id = reply.id;
			if (id !== 0n) {
				const batchSize = nextBatchSize(reply.batch);
				pending = command({getMore: BSON.Long.fromBigInt(id), collection, batchSize});
				// Its failure is met when it is awaited, if it ever is.
				pending.catch(() => undefined);
			}
			if (reply.batch.documents > 0) yield reply.batch;
		}
	} finally {
		await pending?.catch(() => undefined);
		if (id !== 0n) {
			const cursors = [BSON.Long.fromBigInt(id)];
			await db.command({killCursors: collection, cursors}, {session}).catch(() => undefined);
		}
		await session.endSession();
	}
}

/**
 * Inserts raw documents in order, past the collection's validator.
 * @throws MongoServerError for the first document the server refuses
 */
export async function insertRaw(db: Db, collection: string, {bytes, documents}: RawBatch): Promise<void> {
	const sequence = new DocumentSequence('documents');
	sequence.push({}, bytes);
	const reply = await db.command({
		insert: collection,
		documents: sequence,
		ordered: true,
		bypassDocumentValidation: true,
		writeConcern: {w: 'majority'},
	});
	const [refused] = (reply['writeErrors'] as {errmsg?: string}[] | undefined) ?? [];
	if (refused !== undefined || reply['n'] !== documents) {
		throw new Error(
			`${collection}: ${reply['n']} of ${documents} documents inserted: ${refused?.errmsg ?? 'no reason'}`,
		);
	}
}

function nextBatchSize({bytes, documents}: RawBatch): number {
	if (documents === 0) return FIRST_BATCH_DOCUMENTS;
	const average = Math.max(1, bytes.length / documents);
	return Math.min(MAX_BATCH_DOCUMENTS, Math.max(1, Math.round(TARGET_BATCH_BYTES / average)));
}

/** Takes the cursor apart without making an object of any document. */
function readCursor(cursor: Uint8Array): {id: bigint; batch: RawBatch} {
	const view = Buffer.from(cursor.buffer, cursor.byteOffset, cursor.byteLength);
	let id = 0n;
	let batch: RawBatch = {bytes: Buffer.alloc(0), documents: 0};
	let at = 4;
	while (view[at] !== 0 && at < view.length) {
		const type = view[at];
		const nameEnd = view.indexOf(0, at + 1);
		const name = view.toString('latin1', at + 1, nameEnd);
		const value = nameEnd + 1;
		if (type === 0x12) {
			if (name === 'id') id = view.readBigInt64LE(value);
			at = value + 8;
		} else if (type === 0x11) at = value + 8;
		else if (type === 0x08) at = value + 1;
		else if (type === 0x02) at = value + 4 + view.readInt32LE(value);
		else if (type === 0x03 || type === 0x04) {
			const end = value + view.readInt32LE(value);
			if (name === 'firstBatch' || name === 'nextBatch') batch = unwrapArray(view.subarray(value, end));
			at = end;
		} else throw new Error(`the reply's cursor holds a field of type ${type}`);
	}
	return {id, batch};
}

/** Moves an array's documents next to each other, their numbers left out, in the reply's own memory. */
function unwrapArray(array: Buffer): RawBatch {
	let length = 0;
	let documents = 0;
	let at = 4;
	while (array[at] !== 0) {
		let value = at + 1;
		while (array[value] !== 0) value++;
		value++;
		const end = value + array.readInt32LE(value);
		array.copyWithin(length, value, end);
		length += end - value;
		documents++;
		at = end;
	}
	return {bytes: array.subarray(0, length), documents};
}
