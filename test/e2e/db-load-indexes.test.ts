import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type Mongo, openMongo} from '../../src/ports/mongo.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost} from '../support/host.js';
import {testMongoUri} from '../support/mongo.js';
import {type RunningCli, startCli} from '../support/run-cli.js';

/** Numbered things: by name there is an index, by colour there is none, and that of the weight serves nobody. */
const THINGS = `
const ask = (field, valueOf) => ({
	weight: 1,
	query: (random, size) => ({collection: 'things', filter: {[field]: valueOf(random.below(size.documents))}}),
	async run() {},
});
export const indexes = {things: [{keys: {name: 1}}, {keys: {weight: 1}}]};
export const collections = ({documents}) => [{
	collection: 'things',
	count: documents,
	documentAt: (index) => ({_id: index, name: 'thing ' + index, colour: 'colour ' + index, weight: index}),
}];
export const operations = [
	{name: 'named', ...ask('name', (index) => 'thing ' + index)},
	{name: 'coloured', ...ask('colour', (index) => 'colour ' + index)},
];
`;

async function start(args: readonly string[]): Promise<RunningCli> {
	const cwd = await temporaryFolder();
	await writeFile(join(cwd, 'sastaops.yaml'), 'version: 1\n');
	await writeFile(join(cwd, 'things.mjs'), THINGS);
	const {MONGODB_URI: _, ...env} = process.env;
	return startCli({cwd, env: {...env, MONGODB_URI: testMongoUri(), CI: 'true'} as Record<string, string>}, [
		...['db-load', 'indexes', '--samples', '6', '--no-build'],
		...args,
	]);
}

let mongo: Mongo;
beforeAll(async () => {
	mongo = await openMongo(testMongoUri(), makeTestHost());
});
afterAll(() => mongo.close());

/** The collections of the database that it said it works in. */
async function collectionsOf({said}: RunningCli): Promise<string[]> {
	const name = /database (sastaops_load_\w+)/.exec(said())?.[1];
	if (name === undefined) return [];
	const found = await mongo.db(name).listCollections({}, {nameOnly: true}).toArray();
	return found.map((one) => one.name);
}

describe('db-load indexes', () => {
	it('says no to a query that scans, warns of an index for nobody, and names the mending', async () => {
		const running = await start(['--workload', 'things.mjs', '--documents', '1100', '--no-writes', '--json']);
		const {exitCode, stdout, stderr} = await running.ended;
		const {verdict, queries, indexes, isClean} = JSON.parse(stdout);

		expect([exitCode, verdict, isClean], stderr).toEqual([1, 'fail', true]);
		expect(queries.map(({operation, finding}: never) => [operation, (finding as {verdict: string}).verdict])).toEqual([
			['named', 'pass'],
			['coloured', 'fail'],
		]);
		expect(queries[1].finding.mend).toEqual(['db.things.createIndex({colour: 1})']);
		expect(indexes[1]).toMatchObject({name: 'weight_1', usedBy: [], writes: null, finding: {verdict: 'warn'}});
		expect(running.said()).toContain('works in the database');
		expect(await collectionsOf(running)).toEqual([]);
	});

	it('is read on a terminal of 80 columns, and ends well with few documents', async () => {
		const running = await start(['--workload', 'things.mjs', '--documents', '90']);
		const {exitCode, stdout, stderr} = await running.ended;

		expect(exitCode, stderr).toBe(0);
		expect(stdout.split('   ')[0]).toBe('Without an index that serves it: coloured');
		expect(stdout).toContain('coloured: no index serves it; harmless with 90 documents');
		expect(stdout).toContain('A query that hints a dropped index fails: BadValue (2)');
		expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
		expect(running.said()).toContain('works in the database');
		expect(await collectionsOf(running)).toEqual([]);
	});

	it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind when %s comes in the middle', async (signal) => {
		const running = await start(['--documents', '100', '--samples', '100000', '--no-writes']);
		await until(async () => (await collectionsOf(running)).some((name) => name.endsWith('_twin')));
		running.child.kill(signal);

		expect((await running.ended).exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
		expect(running.said()).toContain('works in the database');
		expect(await collectionsOf(running)).toEqual([]);
	});
});

async function until(holds: () => Promise<boolean>): Promise<void> {
	const endMs = Date.now() + 40_000;
	while (!(await holds())) {
		if (Date.now() > endMs) throw new Error('it did not come to that');
		await new Promise((done) => setTimeout(done, 50));
	}
}
