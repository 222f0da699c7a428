import {MongoClient, MongoNetworkError, MongoServerError} from 'mongodb';
import {describe, expect, it} from 'vitest';
import {failureOf, UnexpectedAnswer} from '../../src/load/failure.js';

describe('a failure', () => {
	it.each([
		[new MongoServerError({code: 11_000, errmsg: 'E11000'}), 'duplicate-key'],
		[new MongoServerError({code: 10_107}), 'not-primary'],
		[new MongoServerError({code: 50}), 'time-limit'],
		[new MongoServerError({code: 112}), 'write-conflict'],
		[new MongoServerError({code: 463}), 'overloaded'],
		[new MongoServerError({code: 1, errorLabels: ['SystemOverloadedError']}), 'overloaded'],
		[new MongoServerError({code: 13}), 'unauthorised'],
		[new MongoServerError({code: 4242}), 'other'],
		[new MongoNetworkError('connection closed'), 'network'],
		[new UnexpectedAnswer('found nothing'), 'unexpected'],
		[new TypeError('of the operation itself'), 'other'],
		['thrown as text', 'other'],
		[undefined, 'other'],
	])('is named: %s', (error, name) => {
		expect(failureOf(error)).toBe(name);
	});

	it('of a server that is not there is one of the selection', async () => {
		const client = new MongoClient('mongodb://127.0.0.1:1', {serverSelectionTimeoutMS: 100});
		const error = await client.connect().catch((thrown: unknown) => thrown);
		await client.close();
		expect(failureOf(error)).toBe('server-selection');
	});
});
