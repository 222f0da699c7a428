import {execFile, execFileSync} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type FreshDatabase, freshDatabase} from './mongo.js';
import {officialTools} from './mongo-tools.js';

const tools = officialTools();

describe.skipIf(tools === undefined)('the official mongodump and mongorestore', () => {
	let source: FreshDatabase;
	let target: FreshDatabase;
	let folder: string;

	beforeAll(async () => {
		[source, target] = await Promise.all([freshDatabase(), freshDatabase()]);
		folder = await mkdtemp(join(tmpdir(), 'sastaops-tools-'));
		const bytes = Buffer.from(Array.from({length: 256}, (_, byte) => byte));
		const documents = Array.from({length: 500}, (_, number) => ({number, bytes}));
		await source.mongo.db(source.name).collection('things').insertMany(documents);
		await writeFile(join(folder, 'config.yaml'), `uri: ${JSON.stringify(source.uri)}\n`, {mode: 0o600});
	});
	afterAll(async () => {
		await Promise.all([source.drop(), target.drop(), rm(folder, {recursive: true, force: true})]);
	});

	it('carry every byte through standard output and input, the address in a file', async () => {
		const {mongodump: [dump = ''] = [], mongorestore: [restore = ''] = []} = tools ?? {};
		const config = `--config=${join(folder, 'config.yaml')}`;
		const archive = execFileSync(dump, [config, `--db=${source.name}`, '--archive', '--gzip', '--quiet'], {
			maxBuffer: 10_000_000,
		});
		expect([...archive.subarray(0, 2)]).toEqual([0x1f, 0x8b]);

		execFileSync(
			restore,
			[config, '--archive', '--gzip', '--quiet', `--nsFrom=${source.name}.*`, `--nsTo=${target.name}.*`],
			{input: archive},
		);
		const read = ({mongo, name}: FreshDatabase) =>
			mongo.db(name).collection('things').find().sort({number: 1}).toArray();
		expect(await read(target)).toEqual(await read(source));
	});

	it('fail with an exit code and a reason', async () => {
		const [dump = ''] = tools?.mongodump ?? [];
		const run = promisify(execFile)(dump, ['--config=/nowhere/at/all.yaml']);
		await expect(run).rejects.toMatchObject({code: 1, stderr: expect.stringContaining('all.yaml')});
	});
});
