import {chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {downloadedMongod, findMongod, mongodArgv} from '../../src/local/mongod.js';
import {makeTestHost} from '../support/host.js';

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'sastaops-mongod-'));
});
afterAll(() => rm(folder, {recursive: true, force: true}));

it('finds a mongod on PATH that can be run, and no other', async () => {
	const [first, second] = [join(folder, 'first'), join(folder, 'second')];
	for (const bin of [first, second]) {
		await mkdir(bin);
		await writeFile(join(bin, 'mongod'), '#!/bin/sh\n', {mode: 0o644});
	}
	const env = {PATH: `:${first}:${second}:${join(folder, 'missing')}`};
	expect(await findMongod({env})).toBeUndefined();
	await chmod(join(second, 'mongod'), 0o755);
	expect(await findMongod({env})).toBe(join(second, 'mongod'));
	expect(await findMongod({env: {}})).toBeUndefined();
});

it('asks the project’s own mongodb-memory-server where its mongod is', async () => {
	expect(await downloadedMongod({cwd: folder})).toBeUndefined();
	const installed = join(folder, 'node_modules', 'mongodb-memory-server');
	await mkdir(installed, {recursive: true});
	await writeFile(
		join(installed, 'index.js'),
		"exports.MongoBinary = {getPath: async () => '/cache/mongodb-binaries/mongod'};",
	);
	expect(await downloadedMongod({cwd: folder})).toBe('/cache/mongodb-binaries/mongod');
});

it('serves on loopback only, as a replica set, and keys the set where users must log in', async () => {
	const terms = {port: 27_018, storagePath: folder, testCommands: false, standalone: false};
	const open = await mongodArgv(makeTestHost(), 'mongod', {...terms, auth: false});
	expect(open.join(' ')).toBe(`mongod --dbpath ${folder} --bind_ip 127.0.0.1 --port 27018 --replSet sastaops`);

	const locked = await mongodArgv(makeTestHost(), 'mongod', {...terms, auth: true});
	const keyFile = locked[locked.indexOf('--keyFile') + 1] ?? '';
	expect(locked).toContain('--auth');
	expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
	expect(await readFile(keyFile, 'utf8')).toMatch(/^[0-9a-f]{128}$/);
});
