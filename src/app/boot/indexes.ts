import type {Db} from 'mongodb';
import {compareIndexes, describeIndex, indexName, listIndexes, type NeededIndex} from '../../database/indexes.js';
import {DEFAULT_INDEXES} from '../../kernel/config/schema.js';
import {errorCode, errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {LIMIT_COLLECTION} from '../guard/limit-counter.js';
import {TELEMETRY_INDEXES} from '../observe/indexes.js';
import {PAYMENT_INDEXES, PROVIDER_ORDER_INDEX} from '../payments/indexes.js';

/** What the shop needs: those that sastaops checks by default, and those of its own lists, jobs and clean-ups. */
const NEEDED: Readonly<Record<string, readonly NeededIndex[]>> = {
	...DEFAULT_INDEXES,
	products: [...DEFAULT_INDEXES.products, {keys: {pricePaise: 1, slug: 1}}],
	// The second is the sweeper's.
	orders: [...DEFAULT_INDEXES.orders, {keys: {status: 1, reservedUntil: 1}}, PROVIDER_ORDER_INDEX],
	...PAYMENT_INDEXES,
	sessions: [{keys: {expiresAt: 1}, expireAfterSeconds: 0}],
	idempotency: [{keys: {expiresAt: 1}, expireAfterSeconds: 0}],
	...TELEMETRY_INDEXES,
	[LIMIT_COLLECTION]: [{keys: {expiresAt: 1}, expireAfterSeconds: 0}],
};

/** Every collection the shop works with has an index beside that of _id. */
export const SHOP_COLLECTIONS: readonly string[] = Object.keys(NEEDED);

/**
 * Makes the indexes that are missing. Safe to run on every start, by several instances at once. What is there is never
 * dropped: an index that stands in the way is named, since only a person knows what it is good for.
 * @throws SastaError INDEX_CONFLICT, INDEX_DUPLICATES
 */
export async function ensureIndexes(db: Db): Promise<void> {
	const compared = await compareAll(db);
	const conflicts = compared.flatMap(({collection, conflicting}) =>
		conflicting.map(({found, differences}) => `${collection}.${found.name}: ${differences.join('; ')}`),
	);
	if (conflicts.length > 0) {
		throw new SastaError('INDEX_CONFLICT', 'Indexes stand in the way of those that the shop needs', {
			exitCode: EXIT.refused,
			details: conflicts,
			hint: 'Drop each in a migration, and start again: db.<collection>.dropIndex("<name>")',
		});
	}
	await Promise.all(compared.map(({collection, missing}) => makeIndexes(db, collection, missing)));
}

/** Which of the needed indexes there are, as `orders.userId_1_createdAt_-1`; one with other options counts as missing. */
export async function readIndexes(db: Db): Promise<{readonly present: string[]; readonly missing: string[]}> {
	const compared = await compareAll(db);
	const names = (collection: string, indexes: readonly NeededIndex[]) =>
		indexes.map(({keys}) => `${collection}.${indexName(keys)}`);
	return {
		present: compared.flatMap(({collection, present}) => names(collection, present)),
		missing: compared.flatMap(({collection, missing, conflicting}) =>
			names(collection, [...missing, ...conflicting.map(({needed}) => needed)]),
		),
	};
}

async function compareAll(db: Db) {
	return Promise.all(
		Object.entries(NEEDED).map(async ([collection, needed]) => ({
			collection,
			...compareIndexes(needed, await listIndexes(db, collection)),
		})),
	);
}

async function makeIndexes(db: Db, collection: string, missing: readonly NeededIndex[]): Promise<void> {
	if (missing.length === 0) return;
	const DUPLICATE_KEY = 11_000;
	try {
		await db.collection(collection).createIndexes(missing.map(describeIndex));
	} catch (error) {
		if (errorCode(error) !== DUPLICATE_KEY) throw error;
		throw new SastaError('INDEX_DUPLICATES', `${collection} holds duplicates where there must be none`, {
			exitCode: EXIT.refused,
			cause: error,
			details: [errorMessage(error)],
			hint: 'Merge them in a migration, and start again',
		});
	}
}
