import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {chooseSeed, IS_FULL} from '../support/sweep.js';
import {openTestShop, type TestShop} from './open-test-shop.js';

type Schema = {
	readonly type?: string | readonly string[];
	readonly enum?: readonly unknown[];
	readonly const?: unknown;
	readonly anyOf?: readonly Schema[];
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly required?: readonly string[];
	readonly items?: Schema;
	readonly minItems?: number;
	readonly maxItems?: number;
	readonly minimum?: number;
	readonly maximum?: number;
	readonly minLength?: number;
	readonly maxLength?: number;
};
type Parameter = {readonly name: string; readonly in: string; readonly schema: Schema};
type Operation = {
	readonly parameters?: readonly Parameter[];
	readonly requestBody?: {readonly content: Readonly<Record<string, {readonly schema: Schema}>>};
};
type Route = {readonly method: string; readonly path: string; readonly operation: Operation};

/** What breaks programs: each may stand wherever anything stands. */
const NASTY: readonly unknown[] = [
	null,
	'',
	' ',
	'\u0000',
	'🪔'.repeat(300),
	'x'.repeat(5000),
	'../../etc/passwd',
	"'; drop table users; --",
	'{"$gt":""}',
	{$gt: ''},
	{$where: 'sleep(1000)'},
	{__proto__: {admin: true}},
	{constructor: {prototype: {}}},
	[],
	[[[[[[]]]]]],
	{},
	-1,
	0,
	1.5,
	1e308,
	2 ** 53,
	true,
	'NaN',
	'2026-13-45T99:99:99Z',
	'ffffffffffffffffffffffff',
];

let shop: TestShop;
let routes: Route[];
let tokens: string[];

beforeAll(async () => {
	shop = await openTestShop();
	const {body} = await shop.request('GET', '/api/openapi.json');
	const paths = body['paths'] as Record<string, Record<string, Operation>>;
	routes = Object.entries(paths).flatMap(([path, operations]) =>
		Object.entries(operations).map(([method, operation]) => ({method: method.toUpperCase(), path, operation})),
	);
	tokens = ['', 'not a token', await shop.register('fuzz@example.in')];
	await shop.database.mongo
		.db(shop.database.name)
		.collection('products')
		.insertOne({slug: 'lamp', name: 'Lamp', category: 'home', pricePaise: 100, stock: 1000});
});
afterAll(() => shop.close());

describe('every route, sent what its schema allows and what it does not', () => {
	it('never fails of itself, and always answers', async () => {
		expect(routes.length).toBeGreaterThan(10);
		const seed = chooseSeed('fuzz');
		const request = fc.constantFrom(...routes).chain((route) =>
			fc.record({
				route: fc.constant(route),
				token: fc.constantFrom(...tokens),
				key: fc.oneof(fc.constant('key-12345678'), fc.string({maxLength: 80})),
				parameters: fc.record(
					Object.fromEntries((route.operation.parameters ?? []).map(({name, schema}) => [name, nearly(schema)])),
					{requiredKeys: []},
				),
				body: bodyOf(route.operation),
			}),
		);
		const statuses = new Map<number, number>();
		await fc.assert(
			fc.asyncProperty(request, async ({route, token, key, parameters, body}) => {
				const status = await send(route, {token, key, parameters, body});
				statuses.set(status, (statuses.get(status) ?? 0) + 1);
				expect(status === 503 || status < 500, `${route.method} ${route.path} answered ${status}`).toBe(true);
			}),
			{numRuns: IS_FULL ? 5000 : 400, seed, endOnFailure: true},
		);
		// Not all of it may bounce off at the door.
		expect([...statuses.keys()].some((status) => status < 300)).toBe(true);
	}, 600_000);
});

async function send(
	{method, path, operation}: Route,
	{token, key, parameters, body}: {token: string; key: string; parameters: Record<string, unknown>; body: unknown},
): Promise<number> {
	const query = new URLSearchParams();
	let address = path;
	for (const {name, in: place} of operation.parameters ?? []) {
		const text = textOf(parameters[name]);
		if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(text || 'x'));
		else if (place === 'query' && name in parameters) query.append(name, text);
	}
	const headers = new Headers();
	if (token !== '') headers.set('authorization', `Bearer ${token}`);
	if (/^[\x20-\x7e]+$/.test(key)) headers.set('idempotency-key', key);
	const sendsBody = method !== 'GET' && method !== 'HEAD' && body !== undefined;
	if (sendsBody) headers.set('content-type', 'application/json');
	const response = await fetch(`${shop.shop.url}${address}${query.size > 0 ? `?${query}` : ''}`, {
		method,
		headers,
		signal: AbortSignal.timeout(15_000),
		...(sendsBody ? {body: JSON.stringify(body)} : {}),
	});
	if (!response.headers.get('content-type')?.includes('event-stream')) await response.arrayBuffer();
	else await response.body?.cancel();
	return response.status;
}

function textOf(value: unknown): string {
	return typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
}

function bodyOf({requestBody}: Operation): fc.Arbitrary<unknown> {
	const schema = requestBody?.content['application/json']?.schema;
	if (schema === undefined) return fc.oneof(fc.constant(undefined), fc.jsonValue());
	return fc.oneof(
		{weight: 4, arbitrary: nearly(schema)},
		{weight: 1, arbitrary: fc.constantFrom(...NASTY)},
		{weight: 1, arbitrary: fc.jsonValue()},
	);
}

/** A value that the schema allows, or nearly: now and then something nasty stands in a place of it. */
function nearly(schema: Schema): fc.Arbitrary<unknown> {
	return fc.oneof({weight: 12, arbitrary: allowed(schema)}, {weight: 1, arbitrary: fc.constantFrom(...NASTY)});
}

function allowed(schema: Schema): fc.Arbitrary<unknown> {
	if (schema.const !== undefined) return fc.constant(schema.const);
	if (schema.enum) return fc.constantFrom(...schema.enum);
	if (schema.anyOf) return fc.oneof(...schema.anyOf.map(nearly));
	const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
	switch (type) {
		case 'object': {
			const entries = Object.entries(schema.properties ?? {}).map(([name, part]) => [name, nearly(part)] as const);
			return fc.record(Object.fromEntries(entries), {requiredKeys: [...(schema.required ?? [])]});
		}
		case 'array':
			return fc.array(nearly(schema.items ?? {}), {
				minLength: schema.minItems ?? 0,
				maxLength: Math.min(schema.maxItems ?? 5, (schema.minItems ?? 0) + 5),
			});
		case 'integer':
		case 'number':
			return fc.integer({min: schema.minimum ?? -10, max: schema.maximum ?? 1_000_000});
		case 'boolean':
			return fc.boolean();
		case 'string':
			return fc.oneof(
				fc.constantFrom('lamp', 'fuzz@example.in', 'a password of many letters', 'f'.repeat(24), 'f'.repeat(64)),
				fc.string({minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 60, 200)}),
			);
		default:
			return fc.jsonValue();
	}
}
