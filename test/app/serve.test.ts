import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {expect, it} from 'vitest';
import {freshDatabase} from '../support/mongo.js';

it('serves as the version the environment names, and stops cleanly on TERM', async () => {
	const database = await freshDatabase();
	const shop = spawn(process.execPath, ['bin/sastaops.js', 'serve', '--port', '0'], {
		env: {
			...process.env,
			SASTAOPS_DATABASE_URI: database.uri,
			SASTAOPS_DATABASE_NAME: database.name,
			SASTAOPS_VERSION: '3.2.1',
			SASTAOPS_COMMIT: 'abc1234',
		},
	});
	let said = '';
	const url = await new Promise<string>((resolve, reject) => {
		shop.stderr.on('data', (chunk) => {
			said += chunk;
			const found = /listens on (http:\S+)/.exec(said)?.[1];
			if (found) resolve(found);
		});
		shop.on('exit', () => reject(new Error(said)));
	});
	const response = await fetch(`${url}/api/health`);
	expect(await response.json()).toMatchObject({status: 'ok', version: '3.2.1', commit: 'abc1234'});

	shop.kill('SIGTERM');
	expect(await once(shop, 'exit')).toEqual([0, null]);
	await database.drop();
});

it('names the settings it lacks', async () => {
	const env = {...process.env, SASTAOPS_DATABASE_URI: undefined, MONGODB_URI: undefined};
	const shop = spawn(process.execPath, ['bin/sastaops.js', 'serve', '--json'], {env});
	let out = '';
	shop.stdout.on('data', (chunk) => {
		out += chunk;
	});
	expect(await once(shop, 'close')).toEqual([2, null]);
	expect(JSON.parse(out)).toMatchObject({command: 'serve', exitCode: 2, error: {code: 'SETTINGS'}});
	expect(out).toContain('MONGODB_URI is missing');
});

it('uses the database that its own variables name, where sastaops was told of none', async () => {
	const database = await freshDatabase();
	const {SASTAOPS_DATABASE_URI: _uri, SASTAOPS_DATABASE_NAME: _name, ...others} = process.env;
	const shop = spawn(process.execPath, ['bin/sastaops.js', 'serve', '--port', '0'], {
		env: {...others, MONGODB_URI: database.uri, DATABASE_NAME: database.name},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let said = '';
	const url = await new Promise<string>((resolve, reject) => {
		shop.stderr.on('data', (chunk) => {
			said += chunk;
			const found = /listens on (http:\S+)/.exec(said)?.[1];
			if (found) resolve(found);
		});
		shop.on('exit', () => reject(new Error(said)));
	});
	expect(await (await fetch(`${url}/api/health/db`)).json()).toMatchObject({name: database.name});
	shop.kill('SIGTERM');
	expect(await once(shop, 'exit')).toEqual([0, null]);
	await database.drop();
});
