import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {BSON} from 'mongodb';
import {expect, it} from 'vitest';
import {openCrc64} from '../../../src/backup/archive/crc.js';
import {MAGIC} from '../../../src/backup/archive/format.js';
import {openGzipInspector} from '../../../src/backup/archive/gzip-inspector.js';
import {writeNamespaceHeader, writePreludeCollection, writePreludeHeader} from '../../../src/backup/archive/headers.js';
import {restoreBuiltin} from '../../../src/backup/builtin-restore.js';
import {makeTestHost} from '../../support/host.js';
import {freshDatabase} from '../../support/mongo.js';

const TERMINATOR = Buffer.from([0xff, 0xff, 0xff, 0xff]);

it('reads and restores collections that are dumped at once, their blocks mixed, in several gzip members', async () => {
	const [first, second] = await interleavedArchive();
	const gzipped = Buffer.concat([gzipSync(first), gzipSync(second)]);
	const inspector = await openGzipInspector();
	await inspector.write(gzipped);
	const {problems, collections} = await inspector.finish();
	expect(problems).toEqual([]);
	expect(collections.map(({name, documents}) => [name, documents])).toEqual([
		['orders', 3],
		['users', 2],
	]);

	const folder = await mkdtemp(join(tmpdir(), 'sastaops-interleaved-'));
	const target = await freshDatabase();
	try {
		const archive = join(folder, 'archive.gz');
		await writeFile(archive, gzipped);
		const db = target.mongo.db(target.name);
		expect(await restoreBuiltin({db, archive, exclude: [], toPrefix: ''}, makeTestHost())).toBe(5);
		expect(await db.collection('orders').distinct('_id')).toEqual([1, 2, 3]);
		expect(await db.collection('users').distinct('_id')).toEqual([1, 2]);
	} finally {
		await Promise.all([target.drop(), rm(folder, {recursive: true})]);
	}
});

/** orders 1, users 1, orders 2 | orders 3 and its end, users 2 and its end. */
async function interleavedArchive(): Promise<[Buffer, Buffer]> {
	const crc64 = await openCrc64();
	const sums = {orders: crc64.start(), users: crc64.start()};
	const segment = (collection: keyof typeof sums, _id: number) => {
		const document = BSON.serialize({_id});
		sums[collection].update(document);
		const header = writeNamespaceHeader({database: 'shop', collection, isEnd: false, crc64: 0n});
		return Buffer.concat([header, document, TERMINATOR]);
	};
	const end = (collection: keyof typeof sums) => {
		const header = writeNamespaceHeader({database: 'shop', collection, isEnd: true, crc64: sums[collection].digest()});
		return Buffer.concat([header, TERMINATOR]);
	};
	const magic = Buffer.alloc(4);
	magic.writeUInt32LE(MAGIC);
	const entry = (collection: string) =>
		writePreludeCollection({database: 'shop', collection, metadata: '{"indexes":[]}', type: 'collection'});
	const prelude = [
		magic,
		writePreludeHeader({concurrentCollections: 2, version: '0.1', serverVersion: '8.0.4', toolVersion: 'test'}),
		entry('users'),
		entry('orders'),
		TERMINATOR,
	];
	return [
		Buffer.concat([...prelude, segment('orders', 1), segment('users', 1), segment('orders', 2)]),
		Buffer.concat([segment('orders', 3), end('orders'), segment('users', 2), end('users')]),
	];
}
