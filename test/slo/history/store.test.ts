import {appendFile, chmod, mkdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Reading} from '../../../src/slo/history/reading.js';
import {openReadingStore} from '../../../src/slo/history/store.js';
import {temporaryFolder} from '../../support/folder.js';

const reading = (atMs: number, total: number, instance = 'http://a'): Reading => ({
	atMs,
	instance,
	startedMs: 1000,
	counts: {k: {total, good: total, unsure: 0, alarmGood: total, alarmUnsure: 0}, absent: null},
});

describe('kept readings', () => {
	it('come back as they were, by instance and by time, in a file of their owner', async () => {
		const file = join(await temporaryFolder(), 'slo', 'a.jsonl');
		const store = openReadingStore(file);
		expect(await store.read()).toEqual(new Map());
		await store.append([reading(3000, 3), reading(3000, 9, 'http://b')]);
		await store.append([reading(2000, 2)]);
		expect(await store.read()).toEqual(
			new Map([
				['http://a', [reading(2000, 2), reading(3000, 3)]],
				['http://b', [reading(3000, 9, 'http://b')]],
			]),
		);
		expect((await stat(file)).mode & 0o777).toBe(0o600);
	});

	it('lose no more than the line that a crash tore, also not the one after it', async () => {
		const file = join(await temporaryFolder(), 'a.jsonl');
		const store = openReadingStore(file);
		await store.append([reading(1000, 1)]);
		const whole = await readFile(file, 'utf8');
		for (let cut = 0; cut < whole.length; cut++) {
			await writeFile(file, `${whole}${whole.trim().slice(0, cut)}`);
			await store.append([reading(5000, 5)]);
			const kept = (await store.read()).get('http://a')?.map(({atMs}) => atMs);
			expect(kept?.[0], String(cut)).toBe(1000);
			expect(kept?.at(-1), String(cut)).toBe(5000);
		}
	});

	it('pass over what another hand wrote', async () => {
		const file = join(await temporaryFolder(), 'a.jsonl');
		const store = openReadingStore(file);
		await store.append([reading(1000, 1)]);
		for (const line of ['{}', 'null', '[1]', '{"at":1,"instance":"x","counts":{"k":[1,2]}}', '{"at":"1"}', 'x'])
			await appendFile(file, `${line}\n`);
		await appendFile(file, '{"at":1,"instance":"x","started":null,"counts":{"k":[1,-2,0,0,0]}}\n');
		expect([...(await store.read()).values()].flat()).toHaveLength(1);
	});

	it('of two runs at once are all there', async () => {
		const file = join(await temporaryFolder(), 'a.jsonl');
		const stores = [openReadingStore(file), openReadingStore(file)];
		await Promise.all(
			Array.from({length: 100}, (_, index) => stores[index % 2]?.append([reading(index * 1000, index)])),
		);
		expect((await stores[0]?.read())?.get('http://a')).toHaveLength(100);
	});

	it('are thinned once enough could go', async () => {
		const file = join(await temporaryFolder(), 'a.jsonl');
		const store = openReadingStore(file);
		const nowMs = 20 * 86_400_000;
		await store.append(Array.from({length: 900}, (_, index) => reading(index * 60_000, index)));
		await store.thin(await store.read(), nowMs);
		expect((await store.read()).get('http://a')?.length).toBeLessThan(30);
		expect((await stat(file)).mode & 0o777).toBe(0o600);
	});

	it('say where they cannot be kept', async () => {
		const folder = await temporaryFolder();
		await writeFile(join(folder, 'slo'), 'a file where a folder should be');
		await expect(openReadingStore(join(folder, 'slo', 'a.jsonl')).append([reading(1, 1)])).rejects.toMatchObject({
			code: 'SLO_HISTORY',
			message: expect.stringContaining(join(folder, 'slo')),
		});
		await mkdir(join(folder, 'a.jsonl'));
		await chmod(folder, 0o700);
		await expect(openReadingStore(join(folder, 'a.jsonl')).read()).rejects.toMatchObject({code: 'SLO_HISTORY'});
	});
});
