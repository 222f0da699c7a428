import type {Db, IndexDescription} from 'mongodb';
import {DEFAULT_INDEXES} from '../../kernel/config/schema.js';
import {errorCode} from '../../kernel/errors.js';
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
};

type NeededIndex = {
	readonly keys: Readonly<Record<string, number>>;
	readonly unique?: boolean;
	readonly expireAfterSeconds?: number;
};

/** Makes the indexes that are missing. Safe to run on every start, by several instances at once. */
export async function ensureIndexes(db: Db): Promise<void> {
	for (const [collection, indexes] of Object.entries(NEEDED)) {
		const descriptions = indexes.map(
			({keys, ...options}): IndexDescription => ({key: {...keys}, name: indexName(keys), ...options}),
		);
		await db.collection(collection).createIndexes(descriptions);
	}
}

/** Which of the needed indexes there are, as `orders.userId_1_createdAt_-1`. */
export async function readIndexes(db: Db): Promise<{readonly present: string[]; readonly missing: string[]}> {
	const present: string[] = [];
	const missing: string[] = [];
	for (const [collection, indexes] of Object.entries(NEEDED)) {
		const found = await indexKeys(db, collection);
		for (const {keys} of indexes) {
			const list = found.has(indexName(keys)) ? present : missing;
			list.push(`${collection}.${indexName(keys)}`);
		}
	}
	return {present, missing};
}

async function indexKeys(db: Db, collection: string): Promise<ReadonlySet<string>> {
	try {
		const indexes = await db.collection(collection).indexes();
		return new Set(indexes.map(({key}) => indexName(key as Record<string, number>)));
	} catch (error) {
		const NAMESPACE_NOT_FOUND = 26;
		if (errorCode(error) === NAMESPACE_NOT_FOUND) return new Set();
		throw error;
	}
}

/** MongoDB's own default name: `userId_1_createdAt_-1`. */
function indexName(keys: Readonly<Record<string, number>>): string {
	return Object.entries(keys)
		.map(([field, direction]) => `${field}_${direction}`)
		.join('_');
}
