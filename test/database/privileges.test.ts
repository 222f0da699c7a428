import {describe, expect, it} from 'vitest';
import {judgeRights} from '../../src/database/privileges.js';

describe('a user whose role names collections one by one', () => {
	const user = (...collections: readonly string[]) => ({
		user: 'app',
		roles: [{role: 'shopApp', db: 'admin'}],
		privileges: collections.map((collection) => ({
			resource: {db: 'shop', collection},
			actions: ['find', 'insert', 'update', 'remove'],
		})),
	});

	it('may work in them', () => {
		expect(judgeRights(user('orders', 'users'), 'shop', ['orders', 'users'])).toEqual({canWrite: 'yes', excessive: []});
	});

	it.each([
		['one is missing', user('orders'), 'shop', ['orders', 'users']],
		['they are of another database', user('orders'), 'other', ['orders']],
		['nobody says which are needed', user('orders'), 'shop', []],
	] as const)('may not when %s', (_, identity, database, collections) => {
		expect(judgeRights(identity, database, collections).canWrite).toBe('no');
	});
});
