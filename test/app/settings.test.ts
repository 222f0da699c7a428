import {mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {readSettings} from '../../src/app/settings.js';

const MINIMAL = {MONGODB_URI: 'mongodb://127.0.0.1:27017'};
const LIVE = {
	...MINIMAL,
	SHOP_ENV: 'production',
	RAZORPAY_KEY_ID: 'rzp_live_0123456789abcd',
	RAZORPAY_KEY_SECRET: 'the secret of the key',
	RAZORPAY_WEBHOOK_SECRET: 'the secret of webhooks',
};

function problems(environment: Record<string, string | undefined>): readonly string[] {
	try {
		readSettings(environment);
	} catch (error) {
		expect(error).toMatchObject({code: 'SETTINGS', exitCode: 2});
		return (error as {details: readonly string[]}).details;
	}
	return [];
}

describe('the settings of the shop', () => {
	it('need only a database for development, and take the sandbox for payments', () => {
		expect(readSettings(MINIMAL)).toMatchObject({
			SHOP_ENV: 'development',
			PAYMENTS: 'sandbox',
			DATABASE_NAME: 'sastabazar',
			CORS_ORIGINS: [],
		});
		expect(readSettings(LIVE)).toMatchObject({PAYMENTS: 'razorpay'});
	});

	it('are refused with every problem at once', () => {
		expect(problems({SHOP_ENV: 'production', POOL_MAX: 'many', POOL_MIN: '3', POOL_WAIT: '5'})).toEqual([
			'MONGODB_URI is missing',
			expect.stringContaining('POOL_MAX: '),
			expect.stringContaining('POOL_WAIT is no variable of the shop'),
		]);
	});

	it.each([
		['the sandbox in production', {...LIVE, PAYMENTS: 'sandbox'}, 'PAYMENTS: '],
		['a test key in production', {...LIVE, RAZORPAY_KEY_ID: 'rzp_test_0123456789abcd'}, 'RAZORPAY_KEY_ID: a test key'],
		['a live key outside production', {...LIVE, SHOP_ENV: 'staging'}, 'RAZORPAY_KEY_ID: a live key'],
		['one secret for both', {...LIVE, RAZORPAY_WEBHOOK_SECRET: LIVE.RAZORPAY_KEY_SECRET}, 'RAZORPAY_WEBHOOK_SECRET'],
		['trust in everybody', {...MINIMAL, TRUSTED_PROXIES: '0.0.0.0/0'}, 'TRUSTED_PROXIES: '],
		['a pool whose least is above its most', {...MINIMAL, POOL_MIN: '30', POOL_MAX: '20'}, 'POOL_MIN'],
		['the server’s own database', {...MINIMAL, DATABASE_NAME: 'admin'}, 'DATABASE_NAME'],
		['two names for the database', {MONGODB_URI: 'mongodb://db/other', DATABASE_NAME: 'shop'}, 'MONGODB_URI names'],
		['a token anybody guesses', {...MINIMAL, METRICS_TOKEN: 'secret'}, 'METRICS_TOKEN: '],
	])('refuse %s', (_, environment, problem) => {
		expect(problems(environment)).toEqual([expect.stringContaining(problem)]);
	});

	it('leave variables of others alone', () => {
		expect(problems({...MINIMAL, SHOP_API_KEY: 'x', npm_config_cache: '/c', PATH: '/bin', LOG_LEVEL: ''})).toEqual([]);
	});

	it('take secrets from files, and say when one cannot be read', async () => {
		const file = join(await mkdtemp(join(tmpdir(), 'sastaops-settings-')), 'secret');
		await writeFile(file, 'the secret of the key\n');
		const {RAZORPAY_KEY_SECRET: _, ...others} = LIVE;
		expect(readSettings({...others, RAZORPAY_KEY_SECRET_FILE: file}).RAZORPAY_KEY_SECRET).toBe('the secret of the key');
		expect(problems({...LIVE, RAZORPAY_KEY_SECRET_FILE: file})).toEqual([expect.stringContaining('both set')]);
		expect(problems({...others, RAZORPAY_KEY_SECRET_FILE: `${file}.gone`})).toContainEqual(
			expect.stringContaining('ENOENT'),
		);
	});
});
