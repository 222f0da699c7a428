import type {SettingName} from '../../src/app/settings.js';
import {type OpenShop, openShop, type ShopOptions} from '../../src/app/shop.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {testSettings} from './test-settings.js';

export type Answer = {readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown>};

export type TestShop = {
	readonly shop: OpenShop;
	readonly database: FreshDatabase;
	request(method: string, path: string, options?: {body?: unknown; token?: string}): Promise<Answer>;
	/** Registers somebody and gives the token. */
	register(email: string): Promise<string>;
	close(): Promise<void>;
};

/** A shop over real HTTP on an empty database. */
export async function openTestShop(
	variables: Partial<Record<SettingName, string>> = {},
	options: Partial<Omit<ShopOptions, 'settings'>> = {},
): Promise<TestShop> {
	const database = await freshDatabase();
	const shop = await openShop({settings: testSettings(database, variables), ...options}, makeTestHost());

	const request: TestShop['request'] = async (method, path, {body, token} = {}) => {
		const response = await fetch(`${shop.url}${path}`, {
			method,
			headers: {
				...(body === undefined ? {} : {'content-type': 'application/json'}),
				...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
			},
			...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
		});
		return {
			status: response.status,
			headers: response.headers,
			body: (await response.json()) as Record<string, unknown>,
		};
	};
	return {
		shop,
		database,
		request,
		async register(email) {
			const {body} = await request('POST', '/api/users', {body: {email, password: 'long enough', name: 'Asha'}});
			return String(body['token']);
		},
		async close() {
			await shop.close();
			await database.drop();
		},
	};
}
