import {expect, it} from 'vitest';
import {openLimitCounter} from '../../../src/app/guard/limit-counter.js';
import {makeTestHost} from '../../support/host.js';
import {freshDatabase} from '../../support/mongo.js';

it('counts requests that come at once one by one', async () => {
	const database = await freshDatabase();
	const host = makeTestHost({now: () => 1_000_000});
	// Where the database takes longer, a count is told twice: never too few, and not what this is about.
	const patient = {timeoutMs: 30_000};
	const counter = openLimitCounter(database.mongo.db(database.name), host, patient);
	const counts = await Promise.all(Array.from({length: 40}, () => counter.countExactly('login:127.0.0.1', 60_000)));
	expect(Math.max(...counts.map(({current}) => current))).toBe(40);
	expect((await counter.countExactly('login:127.0.0.1', 60_000)).current).toBe(41);
	const another = openLimitCounter(database.mongo.db(database.name), host, patient);
	expect((await another.countExactly('login:127.0.0.1', 60_000)).current).toBe(42);
	await database.drop();
});
