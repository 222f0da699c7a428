import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {writeFileDurably} from '../../src/kernel/durable-file.js';
import {temporaryFolder} from '../support/folder.js';

it('writes the whole file for its owner alone, and leaves nothing else', async () => {
	const folder = await temporaryFolder();
	await writeFile(join(folder, 'a.json'), 'old');
	await writeFileDurably(join(folder, 'a.json'), 'new');
	expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe('new');
	expect((await stat(join(folder, 'a.json'))).mode & 0o777).toBe(0o600);
	expect(await readdir(folder)).toEqual(['a.json']);
});

it('leaves the old file as it was when the new one cannot be written', async () => {
	const folder = await temporaryFolder();
	const file = join(folder, 'a.json');
	await writeFile(file, 'old');
	await expect(writeFileDurably(file, {} as never)).rejects.toThrow();
	expect(await readFile(file, 'utf8')).toBe('old');
	expect(await readdir(folder)).toEqual(['a.json']);
});

it('is for a folder that is there', async () => {
	await expect(writeFileDurably(join(await temporaryFolder(), 'none', 'a'), 'x')).rejects.toMatchObject({
		code: 'ENOENT',
	});
});
