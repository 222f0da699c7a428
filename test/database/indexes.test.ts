import {describe, expect, it} from 'vitest';
import {compareIndexes, type FoundIndex, type NeededIndex} from '../../src/database/indexes.js';

const ID: FoundIndex = {name: '_id_', key: {_id: 1}};
const EMAIL: NeededIndex = {keys: {email: 1}, unique: true};

describe('comparing indexes', () => {
	it('goes by fields and options, under whatever name', () => {
		const found = [ID, {name: 'the mail', key: {email: 1}, unique: true}];
		expect(compareIndexes([EMAIL], found)).toEqual({present: [EMAIL], missing: [], conflicting: []});
	});

	it('takes the order and the direction of fields for what they are', () => {
		const needed = {keys: {userId: 1, createdAt: -1}};
		for (const key of [{createdAt: -1, userId: 1}, {userId: 1, createdAt: 1}, {userId: 1}])
			expect(compareIndexes([needed], [{name: 'x', key}]).missing).toEqual([needed]);
	});

	it.each([
		['not unique', EMAIL, {name: 'email_1', key: {email: 1}}, 'it is not unique, and must be'],
		['unique', {keys: {email: 1}}, {name: 'e', key: {email: 1}, unique: true}, 'it is unique, and must not be'],
		[
			'longer-lived',
			{keys: {at: 1}, expireAfterSeconds: 60},
			{name: 'at_1', key: {at: 1}, expireAfterSeconds: 3600},
			'it deletes documents after 3600 s, and must be one that deletes documents after 60 s',
		],
		[
			'one that deletes what must stay',
			{keys: {at: 1}},
			{name: 'at_1', key: {at: 1}, expireAfterSeconds: 60},
			'it deletes documents after 60 s, and must be one that keeps documents',
		],
		['sparse', {keys: {gstin: 1}}, {name: 'g', key: {gstin: 1}, sparse: true}, 'it is sparse, and must not be'],
		[
			'partial',
			{keys: {gstin: 1}, partialFilterExpression: {paid: true}},
			{name: 'gstin_1', key: {gstin: 1}},
			'it holds every document, and must hold those with {"paid":true}',
		],
		[
			'of another collation',
			{keys: {email: 1}, collation: {locale: 'en', strength: 2}},
			{name: 'email_1', key: {email: 1}, collation: {locale: 'en', strength: 3, version: '57.1'}},
			'it compares text by locale en, strength 3, and must by locale en, strength 2',
		],
		[
			'hidden',
			{keys: {email: 1}},
			{name: 'email_1', key: {email: 1}, hidden: true},
			'it is hidden, so that no query uses it',
		],
	] as [string, NeededIndex, FoundIndex, string][])('names a conflict: %s', (_, needed, found, difference) => {
		expect(compareIndexes([needed], [found]).conflicting).toEqual([{needed, found, differences: [difference]}]);
	});

	it('takes the right one of several on the same fields', () => {
		const found: FoundIndex[] = [
			{name: 'email_1', key: {email: 1}},
			{name: 'email_unique', key: {email: 1}, unique: true},
		];
		expect(compareIndexes([EMAIL], found).present).toEqual([EMAIL]);
	});

	it('takes two declared ones on the same fields for two', () => {
		const paid: NeededIndex = {keys: {email: 1}, partialFilterExpression: {paid: true}};
		const found: FoundIndex[] = [{name: 'paid', key: {email: 1}, partialFilterExpression: {paid: true}}];
		expect(compareIndexes([EMAIL, paid], found)).toEqual({present: [paid], missing: [EMAIL], conflicting: []});
	});

	it('reads over what the server adds to a collation, and the order of a filter', () => {
		const needed: NeededIndex = {
			keys: {email: 1},
			collation: {locale: 'en'},
			partialFilterExpression: {a: 1, b: {$exists: true}},
		};
		const found: FoundIndex = {
			name: 'e',
			key: {email: 1},
			collation: {locale: 'en', strength: 3, version: '57.1'},
			partialFilterExpression: {b: {$exists: true}, a: 1},
		};
		expect(compareIndexes([needed], [found]).present).toEqual([needed]);
	});

	it('knows a text index by the fields it weighs', () => {
		const needed = {keys: {name: 'text', category: 'text'}};
		const found = {name: 't', key: {_fts: 'text', _ftsx: 1}, weights: {name: 1, category: 1}};
		expect(compareIndexes([needed], [found]).present).toEqual([needed]);
	});
});
