import {BSON, type Db, type Document, type Filter} from 'mongodb';
import * as z from 'zod';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Seed} from './author.js';
import {importScript, readScript, type Script} from './script.js';
import {listNumberedFiles, type NumberedFile} from './script-folder.js';

/** One file of seeds/, loaded. */
export type LoadedSeed = NumberedFile & Script & {readonly seed: Seed};

export type SeedPlan = {
	readonly id: string;
	readonly title: string;
	readonly collection: string;
	readonly added: number;
	readonly changed: number;
	readonly same: number;
};

/** One document of a seed, beside what the database holds under its key. */
export type SeedDocument = {
	readonly filter: Filter<Document>;
	readonly document: Document;
	readonly found: Document | undefined;
	/** Fields that differ from the seed; empty when there is nothing to do. */
	readonly changes: Document;
};

const text = z.string().trim().min(1);
const seedSchema = z.object({
	title: text,
	collection: text,
	key: z.union([text, z.array(text).min(1)]),
	documents: z.array(z.custom<Document>((value) => typeof value === 'object' && value !== null, 'must be a document')),
	existing: z.enum(['update', 'keep']).optional(),
});

/**
 * Loads every seed of a folder; one that is not there holds none.
 * @throws SastaError SEED_INVALID with every problem of every file; SCRIPT_NAME, SCRIPT_UNREADABLE
 */
export async function loadSeeds(folder: string, host: Pick<Host, 'randomHex'>): Promise<LoadedSeed[]> {
	const seeds: LoadedSeed[] = [];
	const problems: string[] = [];
	for (const numbered of await listNumberedFiles(folder)) {
		const script = await readScript(numbered.file);
		const result = seedSchema.safeParse(await importScript(script, host));
		const found = result.success
			? problemsOfKeys(result.data)
			: result.error.issues.map(({path, message}) => `${path.map(String).join('.')}: ${message}`);
		problems.push(...found.map((problem) => `${numbered.id}: ${problem}`));
		if (result.success) seeds.push({...numbered, ...script, seed: result.data as Seed});
	}
	if (problems.length > 0) {
		throw new SastaError('SEED_INVALID', `${folder} holds files that are no seeds`, {
			exitCode: EXIT.usage,
			details: problems,
		});
	}
	return seeds;
}

/** How many documents each seed would add and change; nothing is written. */
export async function planSeeds(db: Db, seeds: readonly LoadedSeed[]): Promise<SeedPlan[]> {
	return Promise.all(
		seeds.map(async ({id, seed}) => {
			const documents = await compareSeed(db, seed);
			const added = documents.filter(({found}) => found === undefined).length;
			const changed = documents.filter(({found, changes}) => found && Object.keys(changes).length > 0).length;
			return {
				id,
				title: seed.title,
				collection: seed.collection,
				added,
				changed,
				same: documents.length - added - changed,
			};
		}),
	);
}

/** Every document of a seed with what the database holds under its key. */
export async function compareSeed(db: Db, seed: Seed): Promise<SeedDocument[]> {
	const keys = keysOf(seed);
	return Promise.all(
		seed.documents.map(async (document) => {
			const filter = Object.fromEntries(keys.map((key) => [key, document[key]]));
			const found = (await db.collection(seed.collection).findOne(filter)) ?? undefined;
			const changes = found && seed.existing !== 'keep' ? changesOf(document, found) : {};
			return {filter, document, found, changes};
		}),
	);
}

function keysOf({key}: Pick<Seed, 'key'>): readonly string[] {
	return typeof key === 'string' ? [key] : key;
}

/** Every document needs its key, and no two the same one: else "found by key" means nothing. */
function problemsOfKeys(seed: Pick<Seed, 'key' | 'documents'>): string[] {
	const keys = keysOf(seed);
	const seen = new Set<string>();
	return seed.documents.flatMap((document, index) => {
		const missing = keys.find((key) => document[key] === undefined);
		if (missing !== undefined) return [`documents.${index}: has no ${missing}, which is its key`];
		const value = exactText(keys.map((key) => document[key]));
		if (seen.has(value)) return [`documents.${index}: has the key of an earlier one`];
		seen.add(value);
		return [];
	});
}

function changesOf(document: Document, found: Document): Document {
	return Object.fromEntries(
		Object.entries(document).filter(
			([field, value]) => field !== '_id' && exactText(value) !== exactText(found[field]),
		),
	);
}

/** Equal texts are equal BSON, types and order of fields included. */
function exactText(value: unknown): string {
	return BSON.EJSON.stringify({value}, {relaxed: false});
}
