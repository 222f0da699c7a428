import {existsSync} from 'node:fs';
import {chmod, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {startDatabase} from '../../src/local/database.js';
import {openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../support/host.js';
import {freshDatabase, privateServer, testMongoUri} from '../support/mongo.js';

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'sastaops-database-'));
});
afterAll(() => rm(folder, {recursive: true, force: true}));

describe('the shared server', () => {
	it('gives each test an empty database, gone after it', async () => {
		const database = await freshDatabase();
		await database.mongo.db(database.name).collection('things').insertOne({a: 1});
		expect(await database.mongo.db(database.name).collection('things').countDocuments()).toBe(1);
		await database.drop();

		const {client, close} = await openMongo(testMongoUri(), makeTestHost());
		const {databases} = await client.db('admin').admin().listDatabases();
		await close();
		expect(databases.map(({name}) => name)).not.toContain(database.name);
	});

	it('has transactions and fail points', async () => {
		const {mongo, name, drop} = await freshDatabase();
		const things = mongo.db(name).collection<{_id: number}>('things');
		await expect(
			mongo.client.withSession((session) =>
				session.withTransaction(async () => {
					await things.insertOne({_id: 1}, {session});
					throw new Error('changed my mind');
				}),
			),
		).rejects.toThrow('changed my mind');
		expect(await things.countDocuments()).toBe(0);

		await mongo.db('admin').command({
			configureFailPoint: 'failCommand',
			mode: {times: 1},
			data: {failCommands: ['insert'], errorCode: 8000},
		});
		await expect(things.insertOne({_id: 2})).rejects.toMatchObject({code: 8000});
		await expect(things.insertOne({_id: 2})).resolves.toMatchObject({insertedId: 2});
		await drop();
	});
});

describe('startDatabase', () => {
	it('keeps what was acknowledged when it is killed and started again', async () => {
		const storagePath = join(folder, 'killed');
		const first = await privateServer({storagePath});
		const before = await openMongo(first.uri, makeTestHost());
		await before
			.db('shop')
			.collection('orders')
			.insertOne({paise: 129_900}, {writeConcern: {w: 'majority', j: true}});
		await before.close();
		await first.kill();

		const second = await privateServer({storagePath});
		const after = await openMongo(second.uri, makeTestHost());
		expect(await after.db('shop').collection('orders').countDocuments({paise: 129_900})).toBe(1);
		await after.close();
		await second.stop();
	});

	it('lets only the user in where log-in is required', async () => {
		const server = await privateServer({auth: {user: 'shop keeper', password: 'p@ss/wörd:1'}});
		const stranger = server.uri.replace(/\/\/.*@/, '//').replace('&authSource=admin', '');
		try {
			const known = await openMongo(server.uri, makeTestHost());
			await known.db('shop').collection('orders').insertOne({paise: 1});
			await known.close();
			const unknown = await openMongo(stranger, makeTestHost());
			await expect(unknown.db('shop').collection('orders').findOne()).rejects.toMatchObject({code: 13});
			await unknown.close();
		} finally {
			await server.stop();
		}
	});

	it('takes ephemeral storage along when it stops', async () => {
		const storagePath = join(folder, 'ephemeral');
		const server = await privateServer({storagePath, ephemeral: true});
		expect(existsSync(storagePath)).toBe(true);
		await server.stop();
		expect(existsSync(storagePath)).toBe(false);
	});

	it('stops when the host is told to', async () => {
		const stop = new AbortController();
		const host = makeTestHost({signal: stop.signal});
		const {uri} = await startDatabase(host, {storagePath: join(folder, 'aborted')});
		const port = Number(new URL(uri).port);
		expect(await isListening(port)).toBe(true);
		stop.abort(new Error('Ctrl-C'));
		await until(async () => !(await isListening(port)));
	});

	it('says what the server said when it does not start', async () => {
		const programs = join(folder, 'bin');
		await mkdir(programs);
		await writeFile(join(programs, 'mongod'), '#!/bin/sh\necho "the disk is on fire" >&2\nexit 62\n');
		await chmod(join(programs, 'mongod'), 0o755);
		const host = makeTestHost({env: {...process.env, PATH: `${programs}:${process.env['PATH']}`}});
		await expect(startDatabase(host, {storagePath: join(folder, 'broken')})).rejects.toMatchObject({
			code: 'DATABASE_START',
			message: 'The database ended with exit code 62',
			details: ['the disk is on fire'],
		});
	});

	it('uses a server that is given, and leaves it running', async () => {
		const given = await startDatabase(makeTestHost(), {storagePath: join(folder, 'unused'), uri: testMongoUri()});
		expect(given).toMatchObject({kind: 'given', uri: testMongoUri()});
		await given.stop();
		await given.kill();
		const {close} = await openMongo(testMongoUri(), makeTestHost());
		await close();
		expect(existsSync(join(folder, 'unused'))).toBe(false);
	});

	it('names Python where there is nothing to start', async () => {
		const host = makeTestHost({env: {PATH: join(folder, 'empty')}});
		await expect(startDatabase(host, {storagePath: join(folder, 'nothing')})).rejects.toMatchObject({
			code: 'PYTHON_MISSING',
		});
	});
});

async function isListening(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1')
			.on('connect', () => {
				socket.destroy();
				resolve(true);
			})
			.on('error', () => resolve(false));
	});
}

async function until(condition: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; tries < 300; tries++) {
		if (await condition()) return;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error('waited 15 s in vain');
}
