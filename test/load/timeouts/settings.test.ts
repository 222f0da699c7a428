import {describe, expect, it} from 'vitest';
import {proxiedUri, readSettings} from '../../../src/load/timeouts/settings.js';

const read = (uri: string, ...options: string[]) => readSettings(uri, options, (text) => text);

describe('the settings of a shop', () => {
	it('are the driver’s own where nobody says anything', () => {
		const {timeouts, retryReads} = read('mongodb://db.example');
		expect(timeouts).toMatchObject({
			connectTimeoutMS: {value: 30_000, origin: 'default'},
			serverSelectionTimeoutMS: {value: 30_000},
			socketTimeoutMS: {value: 0},
			waitQueueTimeoutMS: {value: 0},
			heartbeatFrequencyMS: {value: 10_000},
			maxPoolSize: {value: 100},
			maxTimeMS: {value: undefined},
			timeoutMS: {value: undefined, origin: 'default'},
		});
		expect(retryReads).toBe(true);
	});

	it('are those of the address, and --option over them, in any case of letters', () => {
		const {timeouts, retryWrites} = read(
			'mongodb://db.example/shop?waitqueuetimeoutms=5&MAXPOOLSIZE=7&timeoutMS=9&retryWrites=false',
			'maxpoolsize=3',
			'maxTimeMS=40',
		);
		expect(timeouts).toMatchObject({
			waitQueueTimeoutMS: {value: 5, origin: 'uri'},
			maxPoolSize: {value: 3, origin: 'option'},
			maxTimeMS: {value: 40, origin: 'option'},
			timeoutMS: {value: 9, origin: 'uri'},
		});
		expect(retryWrites).toBe(false);
	});

	it.each([
		['an option nobody knows', 'mongodb://db.example', 'patience=3', 'USAGE'],
		['an option without a value', 'mongodb://db.example', 'maxPoolSize', 'USAGE'],
		['a time that is none', 'mongodb://db.example', 'maxTimeMS=1s', 'USAGE'],
		['a value the driver refuses', 'mongodb://db.example', 'maxPoolSize=many', 'DATABASE_URI'],
		['an address that is none', 'http://db.example', 'maxPoolSize=1', 'DATABASE_URI'],
	])('refuse %s', (_, uri, option, code) => {
		expect(() => read(uri, option)).toThrow(expect.objectContaining({code}));
	});

	it.each([
		['mongodb://db.example', 'mongodb://127.0.0.1:5/?directConnection=true'],
		[
			'mongodb://a%40b:p%3Aq@one:27017,two:27018/shop?replicaSet=rs0&authSource=admin&maxPoolSize=2',
			'mongodb://a%40b:p%3Aq@127.0.0.1:5/shop?authSource=admin&maxPoolSize=2&directConnection=true',
		],
		['mongodb+srv://u:p@cluster.example/?w=1', 'mongodb://u:p@127.0.0.1:5/?w=1&tls=true&directConnection=true'],
	])('lead %s through the proxy', (uri, through) => {
		expect(proxiedUri(uri, read(uri), 5)).toBe(through);
	});
});
