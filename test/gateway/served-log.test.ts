import {describe, expect, it} from 'vitest';
import {makeServedLog, type Served} from '../../src/gateway/served-log.js';
import {makeTestHost} from '../support/host.js';

const request = (index: number, more: Partial<Served> = {}): Served => ({
	side: 'stable',
	method: 'GET',
	path: `/p/${index}`,
	status: 200,
	durationMs: 1,
	identity: `client ${index % 10}`,
	isAborted: false,
	isFailed: false,
	isRescued: false,
	...more,
});

describe('what the gateway remembers', () => {
	it('begins where a reader begins, and goes on page by page without a gap or a double', () => {
		const log = makeServedLog(makeTestHost());
		for (let index = 0; index < 100; index++) log.add(request(index));
		let {next: cursor, served} = log.read(undefined);
		expect(served).toEqual([]);
		for (let index = 100; index < 12_100; index++) log.add(request(index));
		const paths: string[] = [];
		let pages = 0;
		for (let isLast = false; !isLast; pages++) {
			const page = log.read(cursor);
			expect(page.missed).toBe(0);
			paths.push(...page.served.map(({path}) => path));
			({next: cursor, isLast} = page);
		}
		expect(pages).toBe(3);
		expect(paths).toEqual(Array.from({length: 12_000}, (_, index) => `/p/${index + 100}`));
	});

	it('says how many were overwritten before a late reader came, and still counts them', () => {
		const log = makeServedLog(makeTestHost(), 100);
		const {next} = log.read(undefined);
		for (let index = 0; index < 250; index++) log.add(request(index));
		const page = log.read(next);
		expect(page).toMatchObject({missed: 150, isLast: true, next: 250});
		expect(page.served.map(({path}) => path)).toEqual(Array.from({length: 100}, (_, index) => `/p/${index + 150}`));
		expect(page.totals.stable).toEqual({requests: 250, errors: 0});
	});

	it.each([
		['an answer', {}, 0],
		['a client’s mistake', {status: 404}, 0],
		['a server error', {status: 500}, 1],
		['an answer that broke off', {status: 502, isFailed: true}, 1],
		['a client that went away', {status: 0, isAborted: true}, 0],
		['a client that went away from an error', {status: 500, isAborted: true}, 0],
	] as const)('counts %s: %o → %i', (_name, more, errors) => {
		const log = makeServedLog(makeTestHost());
		log.add(request(1, {side: 'canary', ...more}));
		expect(log.readTotals().totals).toEqual({stable: {requests: 0, errors: 0}, canary: {requests: 1, errors}});
	});

	it('names clients by a key of this life only, and cuts a path that has no end', () => {
		const first = makeServedLog(makeTestHost());
		const second = makeServedLog(makeTestHost());
		for (const log of [first, second]) log.add(request(1, {path: `/${'x'.repeat(9000)}`}));
		const [[one], [two]] = [first.read(0).served, second.read(0).served];
		expect(one?.client).toMatch(/^[\w-]{16}$/);
		expect(one?.client).not.toBe(two?.client);
		expect(one?.path.length).toBe(300);
	});
});
