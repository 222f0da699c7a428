import {appendFile, rename, rm, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openLogTail} from '../../../src/ports/splitter/log-tail.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {makeRandom} from '../../support/sweep.js';

async function startTail(begin = 'old\n', options = {}) {
	const path = join(await temporaryFolder(), 'a.log');
	if (begin !== '') await writeFile(path, begin);
	let nowMs = 0;
	const tail = openLogTail(path, {...makeTestHost(), monotonicMs: () => nowMs}, options);
	onTestFinished(() => tail.close());
	const first = await tail.read();
	return {
		path,
		tail,
		first,
		pass: (ms: number) => {
			nowMs += ms;
		},
	};
}

describe('the tail of a log', () => {
	it('begins at its end, and gives each line once', async () => {
		const {tail, path, first} = await startTail();
		expect(first).toEqual({lines: [], lost: 0});
		await appendFile(path, 'a\nb\n');
		expect(await tail.read()).toEqual({lines: ['a', 'b'], lost: 0});
		expect(await tail.read()).toEqual({lines: [], lost: 0});
	});

	it('waits for the rest of a line, wherever it is cut, a character in the middle too', async () => {
		const {tail, path} = await startTail();
		const bytes = Buffer.from('{"path":"/€"}\nnext\n');
		const lines: string[] = [];
		for (const byte of bytes) {
			await appendFile(path, Buffer.from([byte]));
			lines.push(...(await tail.read()).lines);
		}
		expect(lines).toEqual(['{"path":"/€"}', 'next']);
	});

	it('leaves out the line that was half written when it began', async () => {
		const {tail, path} = await startTail('old\nhalf');
		await appendFile(path, ' of it\nwhole\n');
		expect(await tail.read()).toEqual({lines: ['whole'], lost: 0});
	});

	it('goes on in the new file when the log is moved away, and listens to the old one for a minute', async () => {
		const {tail, path, pass} = await startTail();
		await appendFile(path, '1\n');
		await rename(path, `${path}.1`);
		await appendFile(`${path}.1`, '2\n');
		// Nobody has made a new one yet.
		expect(await tail.read()).toEqual({lines: ['1', '2'], lost: 0});
		await writeFile(path, '4\n');
		await appendFile(`${path}.1`, '3\n');
		expect(await tail.read()).toEqual({lines: ['3', '4'], lost: 0});
		pass(30_000);
		await appendFile(`${path}.1`, '5\n');
		expect(await tail.read()).toEqual({lines: ['5'], lost: 0});
		await rm(`${path}.1`);
		pass(61_000);
		await appendFile(path, '6\n');
		expect(await tail.read()).toEqual({lines: ['6'], lost: 0});
	});

	it('says that a line is lost whose file was moved away before it ended', async () => {
		const {tail, path, pass} = await startTail();
		await appendFile(path, 'half');
		await rename(path, `${path}.1`);
		await writeFile(path, 'a\n');
		expect(await tail.read()).toEqual({lines: ['a'], lost: 0});
		pass(61_000);
		expect(await tail.read()).toEqual({lines: [], lost: 1});
	});

	it.each([
		['emptied', ''],
		['emptied and written anew, shorter', 'n\n'],
		['emptied and written anew, longer', 'n\n'.repeat(500)],
	])('begins anew in a file that was %s, and says that something may be lost', async (_, anew) => {
		const {tail, path} = await startTail();
		await appendFile(path, 'a line that is read\n'.repeat(10));
		expect((await tail.read()).lines.length).toBe(10);
		await truncate(path, 0);
		await appendFile(path, anew);
		expect(await tail.read()).toEqual({lines: anew.split('\n').filter((line) => line !== ''), lost: 1});
		await appendFile(path, 'b\n');
		expect(await tail.read()).toEqual({lines: ['b'], lost: 0});
	});

	it('leaves out a line that is too long, counts it, and keeps nothing of it', async () => {
		const {tail, path} = await startTail();
		const startBytes = process.memoryUsage().arrayBuffers;
		for (let piece = 0; piece < 20; piece++) {
			await appendFile(path, 'x'.repeat(1_000_000));
			const {lines, lost} = await tail.read();
			expect({lines, lost}).toEqual({lines: [], lost: piece === 0 ? 1 : 0});
		}
		expect(process.memoryUsage().arrayBuffers - startBytes).toBeLessThan(10_000_000);
		await appendFile(path, '\nb\n');
		expect(await tail.read()).toEqual({lines: ['b'], lost: 0});
	});

	it('takes a long log in parts', async () => {
		const {tail, path} = await startTail();
		const count = 500_000;
		await appendFile(path, `${'x'.repeat(99)}\n`.repeat(count));
		const first = await tail.read();
		expect(first.lines.length).toBeLessThan(count);
		const second = await tail.read();
		expect(first.lines.length + second.lines.length).toBe(count);
	});

	it('misses no line of a log that is made after it has begun, where it may be', async () => {
		const {tail, path} = await startTail('', {mayBeAbsent: true});
		expect(await tail.read()).toEqual({lines: [], lost: 0});
		await writeFile(path, 'a\n');
		expect(await tail.read()).toEqual({lines: ['a'], lost: 0});
		await expect(startTail('')).rejects.toMatchObject({code: 'ENOENT'});
	});

	it('gives every line once whatever is cut, moved and read when', async () => {
		const random = makeRandom(20_261_124);
		for (let round = 0; round < 20; round++) {
			const {tail, path} = await startTail();
			const wanted: string[] = [];
			const found: string[] = [];
			let rest = '';
			for (let step = 0; step < 60; step++) {
				const what = random();
				if (what < 0.5) {
					const line = `${round}-${step}-${'é'.repeat(Math.floor(random() * 40))}`;
					wanted.push(line);
					rest += `${line}\n`;
				}
				if (what < 0.7) {
					const cut = Math.floor(random() * (rest.length + 1));
					await appendFile(path, rest.slice(0, cut));
					rest = rest.slice(cut);
				} else if (what < 0.8) {
					await appendFile(path, rest);
					rest = '';
					await tail.read().then(({lines}) => found.push(...lines));
					await rename(path, `${path}.${step}`);
					await writeFile(path, '');
				} else {
					const {lines, lost} = await tail.read();
					expect(lost).toBe(0);
					found.push(...lines);
				}
			}
			await appendFile(path, rest);
			found.push(...(await tail.read()).lines);
			expect(found).toEqual(wanted);
		}
	});
});
