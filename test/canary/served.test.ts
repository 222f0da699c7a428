import {describe, expect, it} from 'vitest';
import {openServedCounter, routeOf} from '../../src/canary/served.js';
import type {ServedRequest} from '../../src/ports/splitter/splitter.js';

const request = (over: Partial<ServedRequest>): ServedRequest => ({
	side: 'canary',
	atMs: 1000,
	method: 'GET',
	path: '/api/products',
	status: 200,
	durationMs: 12,
	client: 'c1',
	isAborted: false,
	...over,
});

describe('counting single requests', () => {
	it.each([
		['GET', '/api/products/green-tea', 'GET /api/products/*'],
		['GET', '/api/products', 'GET /api/products'],
		['POST', '/api/payments/verify', 'POST /api/payments/verify'],
		['POST', '/api/orders/6561f0c2a1b2c3d4e5f60718/cancel', 'POST /api/orders/*/*'],
		['GET', '/', 'GET /'],
		['GET', '/42', 'GET /*'],
		['GET', '//api//products//', 'GET /api/products'],
	])('names the route of %s %s', (method, path, route) => {
		expect(routeOf({method, path})).toBe(route);
	});

	it('counts one client’s errors on one route once a minute, and other clients’ and routes’ apart', () => {
		const counter = openServedCounter();
		const failed = (over: Partial<ServedRequest>) => request({status: 500, ...over});
		const {errors} = counter.count([
			failed({atMs: 0}),
			failed({atMs: 5000}),
			failed({atMs: 40_000}),
			failed({atMs: 41_000, client: 'c2'}),
			failed({atMs: 42_000, path: '/api/orders'}),
			request({atMs: 43_000, client: 'c3'}),
		]);
		expect(errors.canary).toEqual({trials: 4, events: 3});
		// The incident went on at 40 s: at 99 s it is still the same, at 161 s another.
		expect(counter.count([failed({atMs: 99_000})]).errors.canary).toEqual({trials: 0, events: 0});
		expect(counter.count([failed({atMs: 161_000})]).errors.canary).toEqual({trials: 1, events: 1});
	});

	it('is not blinded by an address that many stand behind', () => {
		const counter = openServedCounter();
		const served = Array.from({length: 1000}, (_, index) =>
			request({atMs: index * 10, status: index % 3 === 0 ? 500 : 200}),
		);
		expect(counter.count(served).errors.canary).toEqual({trials: 1000, events: 334});
		const broken = Array.from({length: 1000}, (_, index) =>
			request({atMs: index * 10, status: 500, path: '/api/orders'}),
		);
		expect(counter.count(broken).errors.canary).toEqual({trials: 101, events: 101});
	});

	it('takes no answer for an error, and a client that went away for nothing', () => {
		const {errors, latency, requests} = openServedCounter().count([
			request({status: 0, client: 'a'}),
			request({status: 499, isAborted: true}),
			request({status: 404, side: 'stable'}),
		]);
		expect(errors).toEqual({canary: {trials: 1, events: 1}, stable: {trials: 1, events: 0}});
		expect(requests).toEqual({canary: 2, stable: 1});
		expect(latency.canary.counts.reduce((sum, count) => sum + count)).toBe(1);
	});
});
