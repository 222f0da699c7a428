import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterAll, beforeAll, expect, it} from 'vitest';
import type {ErrorGroup} from '../../../src/app/observe/error-groups.js';
import {type OpenShop, openShop} from '../../../src/app/shop.js';
import type {Database} from '../../../src/local/database.js';
import {type Mongo, openMongo} from '../../../src/ports/mongo.js';
import {makeTestHost} from '../../support/host.js';
import {privateServer} from '../../support/mongo.js';
import {readSeries} from '../metrics/read-metrics.js';
import {requester} from '../open-test-shop.js';
import {testSettings} from '../test-settings.js';

let server: Database;
let mongo: Mongo;
beforeAll(async () => {
	server = await privateServer({testCommands: true});
	mongo = await openMongo(server.uri, makeTestHost());
});
afterAll(async () => {
	await mongo.close();
	await server.stop();
});

const failPoint = (mode: object | 'off' | 'alwaysOn', data: object = {}) =>
	mongo.db('admin').command({configureFailPoint: 'failCommand', mode, data});
const open = (name: string, variables: Parameters<typeof testSettings>[1] = {}) =>
	openShop({settings: testSettings({uri: server.uri, name}, variables)}, makeTestHost());
const metricsOf = async ({url}: OpenShop) => readSeries(await (await fetch(`${url}/metrics`)).text());

it('a failure of ours reaches the error groups and Sentry, and the client hears nothing of it', async () => {
	const envelopes: string[] = [];
	const sentry = createServer((request, response) => {
		request.setEncoding('utf8').on('data', (text: string) => envelopes.push(text));
		request.on('end', () => response.end('{}'));
	});
	await new Promise<void>((resolve) => sentry.listen(0, '127.0.0.1', resolve));
	const dsn = `http://abc@127.0.0.1:${(sentry.address() as AddressInfo).port}/7`;
	const shop = await open('errors', {SENTRY_DSN: dsn, SHOP_VERSION: '2.0.0'});

	const BAD_VALUE = 2;
	await failPoint('alwaysOn', {failCommands: ['find'], errorCode: BAD_VALUE, appName: 'sastabazar'});
	const answer = await requester(shop.url)('GET', '/api/products', {headers: {'x-request-id': 'the-one'}});
	await failPoint('off');
	expect(answer.status).toBe(500);
	expect(answer.body).toMatchObject({error: {code: 'INTERNAL', requestId: 'the-one'}});
	expect(JSON.stringify(answer.body)).not.toMatch(/Mongo|failpoint|stack/i);
	await shop.close();

	const groups = await mongo.db('errors').collection<ErrorGroup>('error_groups').find().toArray();
	const group = groups.find(({route}) => route === '/api/products');
	expect(group).toMatchObject({
		name: 'MongoServerError',
		code: '2',
		count: 1,
		versions: ['2.0.0'],
		lastContext: {requestId: 'the-one', traceId: expect.stringMatching(/^[0-9a-f]{32}$/)},
	});
	expect(envelopes.join('')).toContain(group?._id ?? 'no fingerprint');
	sentry.close();
});

it('a pool that is drained shows in the metrics, and is whole again after it', async () => {
	const shop = await open('pool', {POOL_MAX: '1', POOL_MIN: '0', POOL_WAIT_MS: '300'});
	await failPoint({times: 1}, {failCommands: ['find'], blockConnection: true, blockTimeMS: 1500});
	const answers = await Promise.all(Array.from({length: 5}, () => requester(shop.url)('GET', '/api/products')));
	expect(answers.filter(({status}) => status === 503).length).toBeGreaterThan(0);
	await new Promise((resolve) => setTimeout(resolve, 2500));
	const series = await metricsOf(shop);
	expect(series.get('mongodb_pool_checkout_failed_total{reason="timeout"}')).toBeGreaterThan(0);
	expect(series.get('mongodb_pool_connections{state="waiting"}')).toBe(0);
	expect(series.get('mongodb_pool_connections{state="in_use"}')).toBeLessThanOrEqual(1);
	expect(series.get('mongodb_pool_connections{state="max"}')).toBe(1);
	expect((await requester(shop.url)('GET', '/api/products')).status).toBe(200);
	await shop.close();
});

it('a database that is gone never keeps the shop from closing', async () => {
	const away = await privateServer();
	const shop = await openShop({settings: testSettings({uri: away.uri, name: 'gone'})}, makeTestHost());
	shop.shop.events.emit({type: 'registration'});
	shop.shop.telemetry.errors.track(new Error('x'), {route: undefined});
	await away.kill();
	const started = performance.now();
	await shop.close();
	expect(performance.now() - started).toBeLessThan(8000);
});
