import {mkdir, readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {observeInto} from '../../src/alert/change-record.js';
import {openFileAlertStore} from '../../src/alert/file-store.js';
import {openMemoryStore} from '../../src/alert/memory-store.js';
import {openMongoAlertStore} from '../../src/alert/mongo-store.js';
import type {AlertRecord, MemoRecord} from '../../src/alert/record.js';
import {type AlertStore, changeRecord} from '../../src/alert/store.js';
import {runAlertChild} from '../support/alert-child.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost} from '../support/host.js';
import {freshDatabase} from '../support/mongo.js';

const host = makeTestHost();

function record(key: string): AlertRecord {
	const alert = {
		key,
		severity: 'warning' as const,
		title: 'Slow',
		text: '$ {"a.b": 1}',
		facts: [['p95', '$3 s']] as const,
	};
	const made = observeInto(undefined, {alert, seen: 'bad', rule: {badForMs: 0, goodForMs: 0}}, 1000);
	if (made === undefined) throw new Error('nothing to keep');
	return made;
}

/** Two openings of one store, as two processes have them. */
const STORES: Readonly<Record<string, () => Promise<readonly [AlertStore, AlertStore]>>> = {
	async 'a database'() {
		const database = await freshDatabase();
		onTestFinished(() => database.drop());
		const open = () => openMongoAlertStore(database.mongo.db(database.name), {collection: 'alerts', prefix: 'alert:'});
		return [open(), open()];
	},
	async 'a folder'() {
		const folder = join(await temporaryFolder(), 'alerts');
		return [openFileAlertStore(folder, host), openFileAlertStore(folder, host)];
	},
	async memory() {
		const store = openMemoryStore();
		return [store, store];
	},
};

describe.each(Object.entries(STORES))('%s as a store of alerts', (_name, open) => {
	it('is empty at first, and gives back what was written, as it was', async () => {
		const [a, b] = await open();
		expect(await a.read()).toEqual([]);
		const written = await a.write(record('sastaops:x:y:z'));
		expect(written).toEqual({...record('sastaops:x:y:z'), version: 1});
		expect(await b.read()).toEqual([written]);
	});

	it('lets one of two win who change the same', async () => {
		const [a, b] = await open();
		const first = await a.write(record('k'));
		if (first === undefined) throw new Error('it was not written');
		expect(await b.write(record('k'))).toBeUndefined();
		const won = await Promise.all([a.write({...first, endedAtMs: 1}), b.write({...first, endedAtMs: 2})]);
		expect(won.filter((result) => result !== undefined)).toHaveLength(1);
		await b.remove(first);
		expect(await a.read()).toHaveLength(1);
		for (const stored of await a.read()) await b.remove(stored);
		expect(await a.read()).toEqual([]);
	});

	it('loses no change of many at once', async () => {
		const [a, b] = await open();
		const add = (store: AlertStore) =>
			changeRecord<MemoRecord>(store, 'memo', (known) => ({
				kind: 'memo',
				key: 'memo',
				version: known?.version ?? 0,
				memo: Number(known?.memo ?? 0) + 1,
			}));
		await Promise.all(Array.from({length: 20}, (_, index) => add(index % 2 === 0 ? a : b)));
		expect(await a.read()).toMatchObject([{memo: 20}]);
	});
});

describe('a folder as a store of alerts', () => {
	it('is its owner’s alone, and does not grow', async () => {
		const folder = join(await temporaryFolder(), 'alerts');
		const store = openFileAlertStore(folder, host);
		let written: AlertRecord | undefined = record('k');
		for (let count = 0; count < 60 && written; count++) written = await store.write(written);
		const names = await readdir(folder);
		expect(names.length).toBeLessThan(30);
		expect((await stat(folder)).mode & 0o777).toBe(0o700);
		expect((await stat(join(folder, names.at(-1) ?? ''))).mode & 0o777).toBe(0o600);
	});

	it('goes back to the state before one that cannot be read', async () => {
		const folder = join(await temporaryFolder(), 'alerts');
		await mkdir(folder);
		const store = openFileAlertStore(folder, host);
		await store.write(record('k'));
		await writeFile(join(folder, '000000002.json'), '[{"torn');
		expect(await store.read()).toHaveLength(1);
		expect(await store.write(record('l'))).toBeDefined();
		expect(await store.read()).toHaveLength(2);
	});

	it('is changed by several processes at once without a loss', async () => {
		const folder = join(await temporaryFolder(), 'alerts');
		const children = await Promise.all(
			Array.from({length: 4}, (_, index) =>
				runAlertChild({kind: 'count', folder, key: `memo-${index % 2}`, times: 10}),
			),
		);
		expect(children.map(({exitCode}) => exitCode)).toEqual([0, 0, 0, 0]);
		const stored = await openFileAlertStore(folder, host).read();
		expect(stored.map((memo) => (memo as MemoRecord).memo)).toEqual([20, 20]);
	});
});
