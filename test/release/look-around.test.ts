import {describe, expect, it} from 'vitest';
import {lookAround} from '../../src/release/steps/look-around.js';
import {makeTestHost} from '../support/host.js';
import {serve} from '../support/serve.js';

const LIST = JSON.stringify({products: [{slug: 'tea', pricePaise: 12_000, stock: 3}], next: null});
const TEA = JSON.stringify({slug: 'tea', pricePaise: 12_000, stock: 3});

/** What is seen of a shop whose paths answer so. */
async function look(answers: Readonly<Record<string, readonly [status: number, body: string]>>) {
	const asked: string[] = [];
	const url = await serve((request, response) => {
		asked.push(`${request.url} ${request.headers['x-shop']}`);
		const [status, body] = answers[request.url ?? ''] ?? [404, '{}'];
		response.writeHead(status, {'content-type': 'application/json'}).end(body);
	});
	const host = makeTestHost();
	return {asked, seen: lookAround({url, api: '/api', headers: {'x-shop': 'yes'}}, host), host};
}

describe('looking around in a shop', () => {
	it('sees the products, and one of them, with the headers of the shop', async () => {
		const {seen, asked} = await look({'/api/products': [200, LIST], '/api/products/tea': [200, TEA]});

		expect(await seen).toBe('a customer can look around');
		expect(asked).toEqual(['/api/products yes', '/api/products/tea yes']);
	});

	it.each([
		['the list', {'/api/products': [500, 'oh']}, '/api/products answers 500'],
		['the product', {'/api/products': [200, LIST], '/api/products/tea': [500, 'oh']}, '/api/products/tea answers 500'],
	] as const)('fails when %s answers 500', async (_, answers, words) => {
		await expect((await look(answers)).seen).rejects.toMatchObject({
			code: 'SHOP_BROKEN',
			exitCode: 5,
			message: expect.stringContaining(words),
		});
	});

	it.each([
		['has none', {}],
		['wants a log-in first', {'/api/products': [401, '{}']}],
		['has a list of another form', {'/api/products': [200, '{"items":1}']}],
		['has nothing in stock', {'/api/products': [200, '{"products":[],"next":null}']}],
		['is busy', {'/api/products': [503, '{}']}],
	] as const)('says nothing of a shop that %s', async (_, answers) => {
		expect(await (await look(answers)).seen).toBeUndefined();
	});

	it('warns when there is no answer, and does not stop a release for it', async () => {
		const host = makeTestHost();

		expect(await lookAround({url: 'http://127.0.0.1:9', api: '/api', headers: {}}, host)).toBeUndefined();
		expect(host.events).toMatchObject([
			{type: 'log', level: 'warn', message: expect.stringContaining('was not looked at')},
		]);
	});

	it('says nothing where no address is known', async () => {
		expect(await lookAround({url: undefined, api: '/api', headers: {}}, makeTestHost())).toBeUndefined();
	});
});
