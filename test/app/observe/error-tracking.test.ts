import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type ErrorGroup, openErrorGroups} from '../../../src/app/observe/error-groups.js';
import type {ErrorReport} from '../../../src/app/observe/error-report.js';
import {type ErrorSink, openErrorTracker, SinkError} from '../../../src/app/observe/error-tracking.js';
import {fingerprintOf} from '../../../src/app/observe/fingerprint.js';
import {makeTestHost} from '../../support/host.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';

let database: FreshDatabase;
beforeAll(async () => {
	database = await freshDatabase();
});
afterAll(() => database.drop());

const route = '/api/orders';
function chargeCard(message: string): Error {
	return new TypeError(message);
}
function restock(message: string): Error {
	return new TypeError(message);
}

/** A sink that keeps what it is given, or fails as told. */
function openMemory() {
	const writes: (readonly ErrorReport[])[] = [];
	const memory = {writes, fails: undefined as Error | undefined};
	const sink: ErrorSink = {
		name: 'memory',
		async write(reports) {
			writes.push(reports);
			if (memory.fails) throw memory.fails;
		},
	};
	return {memory, sink};
}

describe('a fingerprint', () => {
	it('is one for one cause, whatever the message says', () => {
		const prints = [1, 2, 3].map((order) => fingerprintOf(chargeCard(`order ${order}`), route));
		expect(new Set(prints).size).toBe(1);
		expect(prints[0]).toMatch(/^[0-9a-f]{16}$/);
	});

	it('differs by place, by kind, by code and by route', () => {
		const prints = [
			fingerprintOf(chargeCard('x'), route),
			fingerprintOf(restock('x'), route),
			fingerprintOf(chargeCard('x'), '/api/checkout'),
			fingerprintOf(Object.assign(chargeCard('x'), {code: 'E1'}), route),
			fingerprintOf(Object.assign(chargeCard('x'), {name: 'RangeError'}), route),
			fingerprintOf('a text', route),
			fingerprintOf(undefined, route),
		];
		expect(new Set(prints).size).toBe(prints.length);
	});

	it('stays when lines move and a bundle is built again', () => {
		const at = (stack: string) => fingerprintOf(Object.assign(new Error('x'), {stack}), route);
		expect(at('Error: x\n    at pay (/srv/dist/shop-A1B2C3D4.js:10:5)')).toBe(
			at('Error: x\n    at pay (/opt/dist/shop-Z9Y8X7W6.js:99:1)'),
		);
		// What a library does inside is not what makes the difference.
		expect(at('Error: x\n    at send (/srv/node_modules/mongodb/a.js:1:1)\n    at pay (/srv/pay.js:3:4)')).toBe(
			at('Error: x\n    at other (/srv/node_modules/mongodb/b.js:7:1)\n    at pay (/srv/pay.js:9:4)'),
		);
	});
});

describe('a storm', () => {
	it('of 10,000 errors costs one write of a few documents, and no count is lost', async () => {
		const {memory, sink} = openMemory();
		const db = database.mongo.db(database.name);
		const host = makeTestHost();
		const tracker = openErrorTracker([sink, openErrorGroups(db, '1.4.0')], host, () => undefined);
		const started = performance.now();
		for (let i = 0; i < 10_000; i++)
			tracker.track(i % 2 ? chargeCard(`order ${i} password=hunter22`) : restock(`unit ${i}`), {
				route,
				requestId: `r-${i}`,
			});
		const perErrorMs = (performance.now() - started) / 10_000;
		await tracker.flush();
		expect(memory.writes).toHaveLength(1);
		expect(memory.writes[0]?.map(({count}) => count)).toEqual([5000, 5000]);
		expect(perErrorMs).toBeLessThan(1);

		const groups = await db.collection<ErrorGroup>('error_groups').find().toArray();
		expect(groups).toHaveLength(2);
		const charged = groups.find(({message}) => message.startsWith('order 9999'));
		expect(charged).toMatchObject({
			name: 'TypeError',
			message: 'order 9999 password=***',
			route,
			count: 5000,
			versions: ['1.4.0'],
			lastContext: {requestId: 'r-9999'},
		});
		expect(charged?.stack).toContain('chargeCard');
		expect(JSON.stringify(groups)).not.toContain('hunter22');

		const later = openErrorTracker([openErrorGroups(db, '1.5.0')], host, () => undefined);
		later.track(chargeCard('once more'), {route});
		await later.flush();
		expect(await db.collection<ErrorGroup>('error_groups').findOne({_id: charged?._id ?? ''})).toMatchObject({
			count: 5001,
			versions: ['1.4.0', '1.5.0'],
			firstSeen: charged?.firstSeen,
			message: 'once more',
		});
	});

	it('of endless causes fills no memory: the rest is counted as one', async () => {
		const {memory, sink} = openMemory();
		const tracker = openErrorTracker([sink], makeTestHost(), () => undefined);
		for (let i = 0; i < 5000; i++) tracker.track(new Error('x'), {route: `/r${i}`});
		await tracker.flush();
		const [reports = []] = memory.writes;
		expect(reports).toHaveLength(201);
		expect(reports.find(({fingerprint}) => fingerprint === 'overflow')?.count).toBe(4800);
		expect(reports.reduce((sum, {count}) => sum + count, 0)).toBe(5000);
	});
});

describe('a sink that fails', () => {
	it('is told of once, stops no other, and gets what it missed', async () => {
		const [bad, good] = [openMemory(), openMemory()];
		bad.memory.fails = new Error('away');
		const said: string[] = [];
		const tracker = openErrorTracker([bad.sink, good.sink], makeTestHost(), (message) => void said.push(message));
		for (let round = 0; round < 5; round++) {
			tracker.track(chargeCard('x'), {route});
			await tracker.flush();
		}
		expect(said).toEqual(['Errors do not reach memory: away']);
		expect(good.memory.writes.flat().map(({count}) => count)).toEqual([1, 1, 1, 1, 1]);
		bad.memory.fails = undefined;
		await tracker.flush();
		expect(bad.memory.writes.at(-1)?.map(({count}) => count)).toEqual([5]);
		await tracker.flush();
		expect(bad.memory.writes).toHaveLength(6);
		bad.memory.fails = new Error('away again');
		tracker.track(chargeCard('x'), {route});
		await tracker.flush();
		expect(said).toHaveLength(2);
	});

	it('is not asked again for what it refused for good', async () => {
		const {memory, sink} = openMemory();
		memory.fails = new SinkError('malformed', []);
		const tracker = openErrorTracker([sink], makeTestHost(), () => undefined);
		tracker.track(chargeCard('x'), {route});
		await tracker.flush();
		await tracker.flush();
		expect(memory.writes).toHaveLength(1);
	});

	it('never makes tracking fail, whatever was thrown', () => {
		const tracker = openErrorTracker([openMemory().sink], makeTestHost(), () => undefined);
		const odd = [
			undefined,
			null,
			7,
			'text',
			{},
			Object.create(null),
			new Proxy(
				{},
				{
					has: () => {
						throw new Error('no');
					},
				},
			),
		];
		for (const error of odd) expect(tracker.track(error, {route: undefined})).toMatch(/^[0-9a-f]{16}$/);
	});
});
