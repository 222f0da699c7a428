/** A backfill in small batches that counts its own tries: a document migrated twice would show. */
export const GSTIN_MIGRATION = `
export const title = 'Add a GSTIN to every order';
export const phase = 'expand';
export const steps = [
	{name: 'fill', backfill: {collection: 'orders', batchSize: 40, filter: {gstin: {$exists: false}}, update: {$set: {gstin: null}, $inc: {tries: 1}}}},
];
export const down = async ({db}) => {
	await db.collection('orders').updateMany({gstin: null}, {$unset: {gstin: 1, tries: 1}});
};
`;

export const CATEGORIES_SEED = `
export const title = 'The categories';
export const collection = 'categories';
export const key = 'slug';
export const documents = [
	{_id: 1, slug: 'tea', name: 'Tea'},
	{_id: 2, slug: 'spice', name: 'Spices'},
];
`;
