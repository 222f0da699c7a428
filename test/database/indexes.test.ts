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
	] as [string, NeededIndex, FoundIndex, string][])('names a conflict: %s', (_, needed, found, difference) => {
		expect(compareIndexes([needed], [found]).conflicting).toEqual([{needed, found, differences: [difference]}]);
	});

	it('knows a text index by the fields it weighs', () => {
		const needed = {keys: {name: 'text', category: 'text'}};
		const found = {name: 't', key: {_fts: 'text', _ftsx: 1}, weights: {name: 1, category: 1}};
		expect(compareIndexes([needed], [found]).present).toEqual([needed]);
	});
});
