import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {MongoClient} from 'mongodb';
import {afterAll, beforeAll, describe, expect, it, onTestFinished} from 'vitest';
import type {Database} from '../../src/local/database.js';
import {temporaryFolder} from '../support/folder.js';
import {privateServer} from '../support/mongo.js';
import {type RunningCli, startCli} from '../support/run-cli.js';

let server: Database;
let client: MongoClient;

beforeAll(async () => {
	server = await privateServer({testCommands: true});
	client = await MongoClient.connect(server.uri);
});
afterAll(async () => {
	await client.close();
	await server.stop();
});

/** Databases of loads on a server. */
async function placesOn(on = client): Promise<string[]> {
	const {databases} = await on.db('admin').admin().listDatabases({nameOnly: true});
	return databases.map(({name}) => name).filter((name) => name.startsWith('sastaops_load_'));
}

async function shopFolder(): Promise<string> {
	const folder = await temporaryFolder();
	await writeFile(join(folder, 'sastaops.yaml'), 'version: 1\n');
	return folder;
}

function start(cwd: string, args: readonly string[], uri = server.uri): RunningCli {
	const {MONGODB_URI: _, ...env} = process.env;
	return startCli({cwd, env: {...env, MONGODB_URI: uri, CI: 'true'} as Record<string, string>}, args);
}

const SMALL = ['--rate', '30', '--duration', '2s', '--warm-up', '200ms', '--ramp', '100ms', '--documents', '300'];

describe('db-load mix', () => {
	it('answers with a verdict, writes what was asked for, and removes its database', async () => {
		const cwd = await shopFolder();
		const {exitCode, stdout, stderr} = await start(cwd, [
			'db-load',
			'mix',
			...SMALL,
			...['--slo', 'p95<30s', '--hdr', 'a.hdr', '--html', 'a.html', '--json'],
		]).ended;

		const answer = JSON.parse(stdout);
		// A loaded machine may make the generator late: then it must say so, and not pass.
		expect([exitCode, answer.verdict], stderr).toEqual(
			answer.result.generator.isTruthful ? [0, 'pass'] : [3, 'inconclusive'],
		);
		expect(answer.result.arrivals.due).toBe(60);
		expect(answer.isClean).toBe(true);
		expect(await placesOn()).toEqual([]);
		expect(stderr).toContain(`works in the database ${answer.database}`);
		expect(await readFile(join(cwd, 'a.html'), 'utf8')).toContain('What customers waited');
		const merged = await start(cwd, ['db-load', 'merge', 'a.hdr', 'a.hdr', '--json']).ended;
		expect(JSON.parse(merged.stdout).operations.at(-1)).toMatchObject({name: 'all', response: {count: 120}});
	});

	it('says no where an objective is broken', async () => {
		const {exitCode, stdout} = await start(await shopFolder(), [
			...['db-load', 'mix', ...SMALL, '--slo', 'p50<1ms', '--json'],
		]).ended;
		const answer = JSON.parse(stdout);
		const isTruthful = answer.result.generator.isTruthful as boolean;
		expect([exitCode, answer.verdict]).toEqual(isTruthful ? [1, 'fail'] : [3, 'inconclusive']);
	});

	it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind when it is interrupted by %s', async (signal) => {
		const cwd = await shopFolder();
		const running = start(cwd, ['db-load', 'mix', ...SMALL.slice(0, 2), '--duration', '60s', '--documents', '300']);
		await until(() => running.said().includes('under way'));
		expect(await placesOn()).toHaveLength(1);
		running.child.kill(signal);
		expect((await running.ended).exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
		expect(await placesOn()).toEqual([]);
	});

	it('is cleaned up after by "clean" when it was killed, which leaves a running one alone', async () => {
		const cwd = await shopFolder();
		const arguments_ = ['db-load', 'mix', ...SMALL.slice(0, 2), '--duration', '60s', '--documents', '300'];
		const [killed, living] = [start(cwd, arguments_), start(cwd, arguments_)];
		onTestFinished(async () => {
			living.child.kill('SIGINT');
			await living.ended;
		});
		await until(() => killed.said().includes('under way') && living.said().includes('under way'));
		killed.child.kill('SIGKILL');
		await killed.ended;
		const name = /database (sastaops_load_\w+)/.exec(killed.said())?.[1];
		expect(killed.said()).toContain('should it stay: sastaops db-load clean');
		expect(await placesOn()).toHaveLength(2);

		const {exitCode, stdout} = await start(cwd, ['db-load', 'clean', '--json']).ended;
		expect(exitCode).toBe(0);
		expect(JSON.parse(stdout).removed).toEqual([name]);
		expect(await placesOn()).toHaveLength(1);
	});

	it('tells no wrong number when the server dies and comes back in the middle', async () => {
		const storagePath = await temporaryFolder();
		const first = await privateServer({storagePath});
		const port = Number(new URL(first.uri.replace('mongodb:', 'http:')).port);
		const running = start(
			await shopFolder(),
			[
				...['db-load', 'mix', '--rate', '30', '--duration', '12s', '--warm-up', '200ms', '--ramp', '0'],
				...['--documents', '300', '--option', 'serverSelectionTimeoutMS=1000', '--json', '--slo', 'errors<1%'],
			],
			first.uri,
		);
		await until(() => running.said().includes('under way'));
		await new Promise((done) => setTimeout(done, 2500));
		await first.kill();
		const second = await privateServer({storagePath, port});
		onTestFinished(() => second.stop());

		const {exitCode, stdout, stderr} = await running.ended;
		const {result, verdict} = JSON.parse(stdout);
		expect(stderr).not.toContain('BUG');
		const kinds = (result.failures as {kind: string}[]).map(({kind}) => kind);
		expect(kinds.some((kind) => ['network', 'server-selection', 'network-timeout', 'not-primary'].includes(kind))).toBe(
			true,
		);
		// Each arrival became exactly one thing.
		expect(result.total.done + result.total.failed + result.arrivals.refused).toBe(result.arrivals.due);
		const told = (result.failures as {count: number}[]).reduce((sum, {count}) => sum + count, 0);
		expect(told).toBe(result.total.failed);
		// Too many failures for the objective: no, or not to be told, and never a pass.
		expect([exitCode, verdict]).toEqual(exitCode === 1 ? [1, 'fail'] : [3, 'inconclusive']);
		const again = await MongoClient.connect(second.uri);
		onTestFinished(() => again.close());
		expect(await placesOn(again)).toEqual([]);
	});

	it('is one load on several machines, and its logs merge into the whole', async () => {
		const cwd = await shopFolder();
		const startAt = new Date(Math.ceil((Date.now() + 12_000) / 1000) * 1000).toISOString().replace('.000', '');
		const parts = [1, 2, 3].map((part) =>
			start(cwd, [
				...['db-load', 'mix', ...SMALL, '--shard', `${part}/3`, '--start-at', startAt],
				...['--database', 'sastaops_load_together', '--hdr', `${part}.hdr`, '--json'],
			]),
		);
		const answers = await Promise.all(parts.map(async ({ended}) => JSON.parse((await ended).stdout)));
		expect(answers.map(({error}) => error)).toEqual([undefined, undefined, undefined]);
		expect(answers.reduce((sum, {result}) => sum + result.arrivals.due, 0)).toBe(60);
		expect(new Set(answers.map(({result}) => result.startedAtMs)).size).toBe(1);
		expect(await placesOn()).toEqual([]);
		const {stdout} = await start(cwd, ['db-load', 'merge', '1.hdr', '2.hdr', '3.hdr', '--json']).ended;
		const done = answers.reduce((sum, {result}) => sum + result.total.done, 0);
		expect(JSON.parse(stdout).operations.at(-1).response.count).toBe(done);
	});

	it('refuses a database that is there already, and leaves it as it is', async () => {
		await client.db('sastaops_load_mine').collection('things').insertOne({mine: true});
		onTestFinished(() => void client.db('sastaops_load_mine').dropDatabase());
		const {exitCode, stdout} = await start(await shopFolder(), [
			...['db-load', 'mix', ...SMALL, '--database', 'sastaops_load_mine', '--json'],
		]).ended;
		expect([exitCode, JSON.parse(stdout).error.code]).toEqual([4, 'LOAD_DATABASE_TAKEN']);
		expect(await client.db('sastaops_load_mine').collection('things').countDocuments()).toBe(1);
	});

	it.each([
		[['--slo', 'p95<500'], 'USAGE'],
		[['--rate', '0'], 'USAGE'],
		[['--shard', '9/8'], 'USAGE'],
		[['--shard', '1/8'], 'USAGE'],
		[['--option', 'poolSize=3'], 'USAGE'],
		[['--until-break'], 'USAGE'],
		[['--only', 'brows'], 'WORKLOAD_INVALID'],
		[['--workload', 'nothing.mjs'], 'WORKLOAD_INVALID'],
	] as const)('ends with one clear line: %j', async (flags, code) => {
		const {exitCode, stdout} = await start(await shopFolder(), ['db-load', 'mix', ...flags, '--json']).ended;
		expect([exitCode, JSON.parse(stdout).error.code]).toEqual([2, code]);
	});

	it('says that the server does not answer', async () => {
		const {exitCode, stdout} = await start(
			await shopFolder(),
			['db-load', 'mix', '--json'],
			'mongodb://load:hidden-word@127.0.0.1:1/?serverSelectionTimeoutMS=500',
		).ended;
		expect([exitCode, JSON.parse(stdout).error.code]).toEqual([6, 'DATABASE_UNREACHABLE']);
		expect(stdout).not.toContain('hidden-word');
	});
});

async function until(holds: () => boolean): Promise<void> {
	const endMs = Date.now() + 40_000;
	while (!holds()) {
		if (Date.now() > endMs) throw new Error('it did not come to that');
		await new Promise((done) => setTimeout(done, 50));
	}
}
