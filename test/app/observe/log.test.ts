import {mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openLog} from '../../../src/app/observe/log.js';
import {openLogFile} from '../../../src/app/observe/log-file.js';
import {makeTestHost} from '../../support/host.js';
import {openTestShop} from '../open-test-shop.js';
import {testSettings} from '../test-settings.js';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'sastaops-log-'));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const settings = (variables: Parameters<typeof testSettings>[1]) =>
	testSettings({uri: 'mongodb://127.0.0.1:1/', name: 'shop'}, variables);
const readLines = async (name: string) =>
	(await readFile(join(folder, name), 'utf8'))
		.trimEnd()
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as object);

describe('the files', () => {
	it('hold everything, and what went wrong once more by itself', async () => {
		const sink: string[] = [];
		const {logger, close} = openLog(settings({LOG_FOLDER: folder}), (line) => void sink.push(line), makeTestHost());
		logger?.info({order: 1}, 'fine');
		logger?.warn('hm');
		logger?.error({err: new Error('broken, password=hunter22')}, 'not fine');
		await close();
		expect(await readLines('combined.log')).toHaveLength(3);
		expect(await readLines('error.log')).toMatchObject([{level: 50, msg: 'not fine', err: {type: 'Error'}}]);
		expect(sink).toHaveLength(3);
		expect(sink.join('')).not.toContain('hunter22');
		expect(await readFile(join(folder, 'error.log'), 'utf8')).not.toContain('hunter22');
	});

	it('are each worker’s own', async () => {
		const {logger, close} = openLog(settings({LOG_FOLDER: folder, NODE_APP_INSTANCE: '3'}), undefined, makeTestHost());
		logger?.error('of worker three');
		await close();
		expect(await readdir(folder)).toEqual(expect.arrayContaining(['combined-3.log', 'error-3.log']));
	});

	it('are turned over when they are full, with nothing lost', async () => {
		const said: string[] = [];
		const file = openLogFile({folder, name: 'combined.log'}, makeTestHost(), (message) => void said.push(message));
		const text = 'x'.repeat(32_768);
		// Past twenty megabytes.
		for (let line = 0; line < 700; line++) {
			file.write(`{"line":${line},"text":"${text}"}\n`);
			if (line % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
		}
		await file.close();
		expect(said).toEqual([]);
		const files = (await readdir(folder)).filter((name) => name.endsWith('combined.log'));
		expect(files.length).toBe(2);
		const all = (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('');
		const seen = new Set([...all.matchAll(/"line":(\d+)/g)].map(([, line]) => Number(line)));
		expect(seen.size).toBe(700);
	});

	it.each([
		['a disk that is full', async () => symlink('/dev/full', join(folder, 'combined.log')).then(() => folder)],
		[
			'a folder that cannot be',
			async () => writeFile(join(folder, 'file'), '').then(() => join(folder, 'file', 'logs')),
		],
	])('may not be writable, by %s: it is said once, and the shop goes on', async (_, prepare) => {
		const host = makeTestHost();
		const path = await prepare();
		const shop = await openTestShop({LOG_FOLDER: path}, {host});
		for (let i = 0; i < 30; i++) {
			expect((await shop.request('GET', '/api/products')).status).toBe(200);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		const said = host.err.filter((line) => line.includes('combined.log cannot be written'));
		expect(said).toHaveLength(1);
		await shop.close();
	});

	it('are not there when nobody wants them', async () => {
		expect(openLog(settings({}), undefined, makeTestHost()).logger).toBeUndefined();
		expect(openLog(settings({LOG_LEVEL: 'silent'}), () => undefined, makeTestHost()).logger).toBeUndefined();
	});
});
