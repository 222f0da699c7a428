import {afterEach, beforeEach, expect, it} from 'vitest';
import {type Exchange, openContract} from './contract.js';
import {type GitHubServer, startGitHub} from './server.js';

let server: GitHubServer;
beforeEach(async () => {
	server = await startGitHub();
});
afterEach(() => server.close());

const ask = (path: string, init: RequestInit = {}) =>
	fetch(`${server.url}${path}`, {
		...init,
		headers: {authorization: 'token test-token', ...(init.body ? {'content-type': 'application/json'} : {})},
	});
const post = (path: string, body: object) => ask(path, {method: 'POST', body: JSON.stringify(body)});
const RELEASES = '/repos/shop/sastabazar/releases';

it('finds nothing wrong with right requests', async () => {
	expect((await post(RELEASES, {tag_name: 'v1', draft: true})).status).toBe(201);
	expect((await ask(`${RELEASES}?per_page=100&page=1`)).status).toBe(200);
	expect((await ask('/repos/shop/sastabazar')).status).toBe(200);
	expect(server.problems).toEqual([]);
});

it.each([
	[
		'a property GitHub does not know',
		() => post(RELEASES, {tag_name: 'v1', tagName: 'v1'}),
		/unknown property tagName/,
	],
	['a property of the wrong type', () => post(RELEASES, {tag_name: 'v1', draft: 'yes'}), /draft must be boolean/],
	['a property that is missing', () => post(RELEASES, {name: 'v1'}), /must have required property 'tag_name'/],
	['a page that is too large', () => ask(`${RELEASES}?per_page=500`), /per_page is over 100/],
	['a query parameter GitHub does not know', () => ask(`${RELEASES}?limit=5`), /unknown query parameter limit/],
	['a route GitHub does not have', () => ask('/repos/shop/sastabazar/release'), /no such route/],
	['an upload without a name', () => ask(`${RELEASES}/1/assets`, {method: 'POST'}), /query parameter name is missing/],
])('names %s', async (_name, request, problem) => {
	await request();
	expect(server.problems).toHaveLength(1);
	expect(server.problems[0]).toMatch(problem);
});

it('holds its own replies against the description, too', () => {
	const exchange: Exchange = {
		...{method: 'GET', path: RELEASES, query: new URLSearchParams(), contentType: undefined, body: undefined},
		...{status: 200, reply: [{id: 'one'}]},
	};
	expect(openContract().check(exchange)).toContainEqual(expect.stringContaining('/0/id must be integer'));
	expect(openContract().check({...exchange, status: 299, reply: []})).toEqual([
		expect.stringContaining('does not answer so'),
	]);
});
