import {describe, expect, it} from 'vitest';
import type {CollectionIndexes} from '../../src/database/index-facts.js';
import {planIndexes} from '../../src/database/index-plan.js';
import {createIndexCommand, inMongosh} from '../../src/database/mongosh.js';

const facts = (more: Partial<CollectionIndexes>): CollectionIndexes => ({
	collection: 'users',
	needed: [{keys: {email: 1}, unique: true}],
	found: [{name: '_id_', key: {_id: 1}}],
	documents: 10,
	sizeBytes: undefined,
	building: [],
	...more,
});

function planOf(more: Partial<CollectionIndexes>, duplicates?: number) {
	const plan = planIndexes([facts(more)], () =>
		duplicates === undefined ? undefined : {values: duplicates, isMissing: false},
	);
	return plan.indexes[0];
}

describe('a plan', () => {
	it('has the command of what is missing', () => {
		expect(planOf({}, 0)).toMatchObject({
			state: 'missing',
			command: 'db.users.createIndex({"email":1}, {"name":"email_1","unique":true})',
		});
		expect(planOf({}, 0)).not.toHaveProperty('obstacle');
	});

	it.each([
		['a name that is taken', {found: [{name: 'email_1', key: {mail: 1}}]}, undefined, 'name'],
		['other options', {found: [{name: 'e', key: {email: 1}}]}, undefined, 'options'],
		['doubles', {}, 2, 'duplicates'],
		['doubles under other options', {found: [{name: 'e', key: {email: 1}}]}, 2, 'duplicates'],
	] as const)('has in its way %s', (_, more, duplicates, kind) => {
		expect(planOf(more, duplicates)?.obstacle?.kind).toBe(kind);
	});

	it.each([
		['hidden', {keys: {a: 1}}, {name: 'x', key: {a: 1}, hidden: true}, 'db.users.unhideIndex("x")'],
		[
			'a time to live',
			{keys: {a: 1}, expireAfterSeconds: 60},
			{name: 'x', key: {a: 1}, expireAfterSeconds: 90},
			'db.runCommand({collMod: "users", index: {name: "x", expireAfterSeconds: 60}})',
		],
		[
			'a time to live that must go',
			{keys: {a: 1}},
			{name: 'x', key: {a: 1}, expireAfterSeconds: 90},
			'sastaops db indexes create users --replace x --confirm x',
		],
		[
			'several',
			{keys: {a: 1}, expireAfterSeconds: 60, sparse: true},
			{name: 'x', key: {a: 1}},
			'sastaops db indexes create users --replace x --confirm x',
		],
	])('resolves other options the gentlest way: %s', (_, needed, found, command) => {
		expect(planOf({needed: [needed], found: [found]})?.obstacle?.mend[0]).toBe(command);
	});

	it('waits for what is being built, and knows how far it is', () => {
		expect(planOf({building: [{name: 'email_1', share: 0.4}]})).toMatchObject({state: 'building', share: 0.4});
	});

	it('is unsure where doubles could not be told in time', () => {
		expect(planIndexes([facts({})], () => 'unknown').indexes[0]).toMatchObject({state: 'missing', isUnsure: true});
	});

	it('lists what is not declared, without _id', () => {
		const found = [
			{name: '_id_', key: {_id: 1}},
			{name: 'old', key: {old: 1}},
		];
		expect(planIndexes([facts({found})], () => undefined).extra).toEqual([
			{collection: 'users', name: 'old', fields: 'old_1'},
		]);
	});
});

it.each([
	['orders', 'db.orders'],
	['order-items', 'db.getCollection("order-items")'],
	['stats', 'db.getCollection("stats")'],
	['a"b', 'db.getCollection("a\\"b")'],
])('mongosh reaches %s by %s', (name, reach) => {
	expect(inMongosh(name)).toBe(reach);
	expect(createIndexCommand(name, {keys: {a: 1}})).toBe(`${reach}.createIndex({"a":1}, {"name":"a_1"})`);
});
