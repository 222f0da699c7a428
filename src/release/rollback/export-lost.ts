import {createHash} from 'node:crypto';
import {mkdir, open, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {BSON, type Db, type Document} from 'mongodb';
import {isControlCollection, isServerCollection} from '../../backup/control.js';
import {syncDirectory} from '../../kernel/durable-file.js';
import type {Host} from '../../kernel/host.js';

export type LostRequest = {
	readonly db: Db;
	/** Prefix of the restored collections. */
	readonly staged: string;
	readonly run: string;
	/** The repository's top folder. */
	readonly root: string;
};

export type LostDocuments = {
	/** Relative to the repository's top folder. */
	readonly folder: string;
	readonly documents: number;
	readonly collections: readonly {
		readonly name: string;
		/** In the folder. */
		readonly file: string;
		readonly documents: number;
	}[];
};

const BATCH = 500;

/**
 * Writes every live document that the restored data lacks, or holds otherwise, to `<collection>.jsonl` in canonical
 * extended JSON: exact, since both lie beside each other and nobody writes. Memory holds one batch.
 */
export async function exportLostDocuments(
	{db, staged, run, root}: LostRequest,
	host: Pick<Host, 'emit' | 'signal'>,
): Promise<LostDocuments> {
	const folder = join('.sastaops', 'rollbacks', run);
	await rm(join(root, folder), {recursive: true, force: true});
	await mkdir(join(root, folder), {recursive: true, mode: 0o700});
	const listed = await db.listCollections({type: 'collection'}, {nameOnly: true}).toArray();
	const names = listed.map(({name}) => name).filter((name) => !isServerCollection(name) && !isControlCollection(name));
	const collections: {name: string; file: string; documents: number}[] = [];
	for (const name of names) {
		const file = fileNameOf(name);
		const documents = await exportCollection({db, name, staged: staged + name, path: join(root, folder, file)}, host);
		if (documents > 0) collections.push({name, file, documents});
	}
	await syncDirectory(join(root, folder));
	return {folder, documents: collections.reduce((sum, {documents}) => sum + documents, 0), collections};
}

/** Most file systems take 255 bytes; a name of a collection can be as long, and longer when encoded. */
const LONGEST_NAME = 240;

function fileNameOf(collection: string): string {
	const encoded = encodeURIComponent(collection);
	if (encoded.length <= LONGEST_NAME) return `${encoded}.jsonl`;
	const hash = createHash('sha256').update(collection).digest('hex').slice(0, 16);
	return `${encoded.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}.jsonl`;
}

async function exportCollection(
	{db, name, staged, path}: {db: Db; name: string; staged: string; path: string},
	host: Pick<Host, 'emit' | 'signal'>,
): Promise<number> {
	let file: Awaited<ReturnType<typeof open>> | undefined;
	let exported = 0;
	let seen = 0;
	const flush = async (batch: readonly Document[]) => {
		const lost = await notHeldBy(db, staged, batch);
		if (lost.length > 0) {
			file ??= await open(path, 'w', 0o600);
			await file.appendFile(lost.map((document) => `${BSON.EJSON.stringify(document, {relaxed: false})}\n`).join(''));
		}
		exported += lost.length;
		seen += batch.length;
		host.signal.throwIfAborted();
		host.emit({type: 'progress', done: seen, unit: `documents of ${name} compared`});
	};
	try {
		let batch: Document[] = [];
		for await (const document of db.collection(name).find({}, EXACT)) {
			batch.push(document);
			if (batch.length < BATCH) continue;
			await flush(batch);
			batch = [];
		}
		await flush(batch);
		await file?.sync();
	} finally {
		await file?.close();
	}
	return exported;
}

/** Types as they are in BSON, so that an int32 is not taken for a double. */
const EXACT = {promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true} as const;

async function notHeldBy(db: Db, staged: string, batch: readonly Document[]): Promise<Document[]> {
	if (batch.length === 0) return [];
	const ids = batch.map(({_id}) => _id as never);
	const held = new Set<string>();
	for await (const document of db.collection(staged).find({_id: {$in: ids}}, EXACT)) held.add(textOf(document));
	return batch.filter((document) => !held.has(textOf(document)));
}

function textOf(document: Document): string {
	return Buffer.from(BSON.serialize(document)).toString('base64');
}
