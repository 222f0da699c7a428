import type {PasswordCost} from '../../src/app/accounts/password.js';
import type {SettingName} from '../../src/app/settings.js';
import {type OpenShop, openShop, type ShopOptions} from '../../src/app/shop.js';
import {makeTestHost, type TestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {makeDescriptionCheck} from './described.js';
import {testSettings} from './test-settings.js';

export type Answer = {readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown>};

export type Asked = {
	readonly body?: unknown;
	readonly token?: string;
	readonly headers?: Readonly<Record<string, string>>;
};

export type TestShop = {
	readonly shop: OpenShop;
	readonly database: FreshDatabase;
	request(method: string, path: string, asked?: Asked): Promise<Answer>;
	/** Registers somebody, logs in, and gives the access token. */
	register(email: string): Promise<string>;
	close(): Promise<void>;
};

/** A hundredth of what a shop takes: tests that are about something else register by the hundred. */
const CHEAP_COST: PasswordCost = {N: 2 ** 10, r: 8, p: 1};

/** Dear enough to be told from a request without a hash, and for a crowd to wait. */
export const TOLD_COST: PasswordCost = {N: 2 ** 13, r: 8, p: 3};

/** What everybody's password is who was made by `register`. */
export const TEST_PASSWORD = 'long enough for us';

export type TestShopOptions = Partial<Omit<ShopOptions, 'settings'>> & {
	readonly host?: TestHost;
	/** @default one on the server that all tests share */
	readonly database?: FreshDatabase;
};

/** A shop over real HTTP on an empty database. */
export async function openTestShop(
	variables: Partial<Record<SettingName, string>> = {},
	{host = makeTestHost(), database: given, ...options}: TestShopOptions = {},
): Promise<TestShop> {
	const database = given ?? (await freshDatabase());
	const shop = await openShop(
		{settings: testSettings(database, variables), passwordCost: CHEAP_COST, ...options},
		host,
	);
	const request = requester(shop.url, shop.app.swagger());
	return {
		shop,
		database,
		request,
		register: (email) => register(request, email),
		async close() {
			await shop.close();
			await database.drop();
		},
	};
}

/** Asks a shop at this address, and holds every answer to the shop's own description. */
export function requester(url: string, description?: object): TestShop['request'] {
	let check = description && makeDescriptionCheck(description as never);
	return async (method, path, {body, token, headers} = {}) => {
		check ??= makeDescriptionCheck((await (await fetch(`${url}/api/openapi.json`)).json()) as never);
		const response = await fetch(`${url}${path}`, {
			method,
			headers: {
				...(body === undefined ? {} : {'content-type': 'application/json'}),
				...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
				...headers,
			},
			...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
		});
		const text = await response.text();
		const type = response.headers.get('content-type');
		const answer = {
			status: response.status,
			headers: response.headers,
			body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
		};
		check({method, path, status: answer.status, type, body: answer.body});
		return answer;
	};
}

export async function register(request: TestShop['request'], email: string): Promise<string> {
	await settled(() => request('POST', '/api/users', {body: {email, password: TEST_PASSWORD, name: 'Asha'}}));
	const {body} = await settled(() => request('POST', '/api/sessions', {body: {email, password: TEST_PASSWORD}}));
	return String(body['accessToken']);
}

/** A shop in the test's own process is busy with the test at times. */
async function settled(ask: () => Promise<Answer>): Promise<Answer> {
	for (let tries = 0; ; tries++) {
		const answer = await ask();
		if (answer.status < 300) return answer;
		if (answer.status !== 503 || tries > 20) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
		await new Promise((resolve) => setTimeout(resolve, 250));
	}
}
