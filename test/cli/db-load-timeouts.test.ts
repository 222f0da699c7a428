import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {freePort} from '../../src/local/free-port.js';
import {openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../support/host.js';
import {testMongoUri} from '../support/mongo.js';
import {startCli} from '../support/run-cli.js';
import {runBinary} from '../support/shop-world.js';

let cwd: string;
beforeAll(async () => {
	cwd = await mkdtemp(join(tmpdir(), 'sastaops-timeouts-'));
});
afterAll(async () => {
	await rm(cwd, {recursive: true, force: true});
});

const env = {PATH: process.env['PATH'] ?? '', NODE_ENV: 'test'};
const timeouts = (...args: string[]) => runBinary(['db-load', 'timeouts', ...args], {cwd, env});

async function isThere(name: string): Promise<boolean> {
	const mongo = await openMongo(testMongoUri(), makeTestHost());
	const collections = await mongo.db(name).listCollections().toArray();
	await mongo.close();
	return collections.length > 0;
}

describe('db-load timeouts', () => {
	it('prints tables within 80 columns, and exits 1 for what waits for ever', async () => {
		const uri = `${testMongoUri()}&maxPoolSize=3&timeoutMS=7`;
		const {exitCode, stdout, stderr} = await timeouts('--uri', uri, '--only', 'pool,reset', '--patience', '1s');
		expect(exitCode, stderr).toBe(1);
		expect(stdout).toMatch(/^ {2}pool {7}nothing: still waiting +1\.5\d s +0 +0 +fail$/m);
		expect(stdout).toMatch(/^ {2}reset {6}an answer .* 2 +0 +pass$/m);
		expect(stdout).toMatch(/^ {2}waitQueueTimeoutMS +0 \* +still waiting after 1\.5\d s +fail$/m);
		expect(stdout).toMatch(/^ {2}timeoutMS +7 +ignored by driver \d+\.\d+\.\d+ +warn$/m);
		expect(stdout).toContain('&waitQueueTimeoutMS=2000');
		expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
		expect(stderr).toContain('every connection of the pool is busy');
	});

	it('gives the same as one document, and exits 0 where every wait is bounded', async () => {
		const options = ['waitQueueTimeoutMS=300', 'maxPoolSize=2', 'socketTimeoutMS=5000', 'maxTimeMS=2000'];
		const args = ['--uri', testMongoUri(), '--only', 'pool', '--option', ...options, '--json'];
		const {exitCode, stdout} = await timeouts(...args);
		expect(exitCode).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({
			command: 'db-load timeouts',
			scenarios: [{scenario: 'pool', verdict: 'pass', outcome: {error: {name: 'MongoWaitQueueTimeoutError'}}}],
			advice: {driver: {waitQueueTimeoutMS: 300}},
			isClean: true,
		});
	});

	it('is gone with its database after Ctrl-C', async () => {
		const args = ['db-load', 'timeouts', '--uri', testMongoUri(), '--only', 'hang,pool,stuck,mute'];
		const cli = startCli({cwd, env}, args);
		await expect.poll(() => cli.said(), {timeout: 20_000}).toMatch(/works in the database sastaops_load_\w+/);
		const [name = ''] = /sastaops_load_\w+/.exec(cli.said()) ?? [];
		await expect.poll(() => isThere(name)).toBe(true);
		await new Promise((done) => setTimeout(done, 500));
		const beganMs = performance.now();
		cli.child.kill('SIGINT');
		const {exitCode} = await cli.ended;
		expect(exitCode).toBe(130);
		expect(performance.now() - beganMs).toBeLessThan(5000);
		expect(await isThere(name)).toBe(false);
	});

	it('exits 3 when nothing could be tried', async () => {
		const {exitCode, stdout} = await timeouts('--uri', testMongoUri(), '--only', 'busy');
		expect(exitCode).toBe(3);
		expect(stdout).toContain('no maxTimeMS is given');
	});

	it.each<[string, number, string, string[]]>([
		['a scenario nobody knows', 2, 'USAGE', ['--uri', 'mongodb://127.0.0.1', '--only', 'fire']],
		['an option nobody knows', 2, 'USAGE', ['--uri', 'mongodb://127.0.0.1', '--option', 'fire=1']],
		['a patience of no time', 2, 'USAGE', ['--patience', 'long']],
		['no server at all', 2, 'DATABASE_URI_MISSING', []],
		['a server elsewhere', 4, 'LOAD_NOT_LOCAL', ['--uri', 'mongodb://u:hunter2hunter2@db.shop.example']],
	])('refuses %s with exit code %i', async (_, code, error, args) => {
		const {exitCode, stdout, stderr} = await timeouts(...args, '--json');
		expect(exitCode).toBe(code);
		expect(JSON.parse(stdout)).toMatchObject({error: {code: error}});
		expect(stdout + stderr).not.toContain('hunter2');
	});

	it('exits 6 when there is no server', async () => {
		const {exitCode, stdout} = await timeouts('--uri', `mongodb://127.0.0.1:${await freePort()}`, '--json');
		expect(exitCode).toBe(6);
		expect(JSON.parse(stdout)).toMatchObject({error: {code: 'DATABASE_UNREACHABLE'}});
	});
});
