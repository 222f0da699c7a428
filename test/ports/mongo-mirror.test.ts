import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Mirror} from '../../src/kernel/journal/mirror.js';
import {openMongoMirror} from '../../src/ports/mongo-mirror.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

let database: FreshDatabase;
let shops = 0;
beforeAll(async () => {
	database = await freshDatabase();
});
afterAll(() => database.drop());

const freshMirror = (): Mirror => openMongoMirror(database.mongo.db(database.name), `shop-${shops++}`);
const line = (text: string) => JSON.stringify({text, data: {kind: 'release'}});

describe('the journals’ mirror in the state database', () => {
	it('keeps the lines of a run in their order, past the tenth', async () => {
		const mirror = freshMirror();
		const lines = Array.from({length: 12}, (_, index) => line(`$record ${index}`));
		for (const [seq, text] of lines.entries()) await mirror.append('run-a', seq, text);
		expect(await mirror.read('run-a')).toEqual(lines);
		expect(await mirror.read('run-b')).toEqual([]);
	});

	it('takes the same line again, and never another in its place', async () => {
		const mirror = freshMirror();
		await mirror.append('run-c', 0, line('mine'));
		await mirror.append('run-c', 0, line('mine'));
		await expect(mirror.append('run-c', 0, line('theirs'))).rejects.toMatchObject({code: 'LEASE_LOST', exitCode: 5});
		expect(await mirror.read('run-c')).toEqual([line('mine')]);
	});

	it('lets one of two writers have a place', async () => {
		const mirror = freshMirror();
		const both = await Promise.allSettled(['a', 'b', 'c'].map((who) => mirror.append('run-d', 0, line(who))));
		expect(both.filter(({status}) => status === 'fulfilled')).toHaveLength(1);
	});

	it('lists the runs of its own shop, oldest first, whatever their lines hold', async () => {
		const mirror = freshMirror();
		await freshMirror().append('of-another-shop', 0, line('x'));
		await mirror.append('20260102T000000-b', 0, line('x'));
		await mirror.append('20260101T000000-a', 0, 'no JSON at all');
		expect(await mirror.list()).toEqual(['20260101T000000-a', '20260102T000000-b']);
	});
});
