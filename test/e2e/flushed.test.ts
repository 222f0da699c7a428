import {spawnSync} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {BINARY, makeShop, type ShopWorld} from '../support/shop-world.js';

/** One system call: `fsync`, `rename`, `write` or `execve`, and the path or command it was about. */
type Call = {readonly name: string; readonly about: string};

const hasStrace = spawnSync('strace', ['--version']).status === 0;
if (!hasStrace && process.env['CI']) throw new Error('strace is missing: run "npm run stack" first');

describe.skipIf(!hasStrace)('what is on the disk before the next thing happens (strace)', () => {
	let shop: ShopWorld;
	let calls: Call[];

	beforeAll(async () => {
		shop = await makeShop({orders: 50});
		const log = join(shop.cwd, '..', 'strace');
		const traced = 'trace=execve,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2';
		const {status, stderr} = spawnSync(
			'strace',
			[
				'-f',
				'-y',
				'-qq',
				'-s',
				'300',
				'-e',
				traced,
				'-o',
				log,
				process.execPath,
				BINARY,
				'release',
				'create',
				'1.0.0',
				'--yes',
			],
			{cwd: shop.cwd, env: shop.env, encoding: 'utf8', timeout: 120_000},
		);
		expect(status, stderr).toBe(0);
		calls = (await readFile(log, 'utf8')).split('\n').flatMap(readCall);
	}, 150_000);
	afterAll(() => shop.close());

	const first = (name: string, about: RegExp, from = 0) =>
		calls.findIndex((call, index) => index >= from && call.name === name && about.test(call.about));

	it('is the archive before it gets its name, and its name before the manifest is begun', () => {
		const flushed = first('fsync', /\.archive\.gz\.partial$/);
		const named = first('rename', /\.archive\.gz$/);
		const folderFlushed = first('fsync', /\/backups$/, named);
		const manifest = first('write', /\.manifest\.json\.partial$/);
		expect(flushed).toBeGreaterThan(-1);
		expect(
			calls.findLastIndex(({name, about}) => name === 'write' && about.endsWith('.archive.gz.partial')),
		).toBeLessThan(flushed);
		expect([flushed, named, folderFlushed, manifest]).toEqual(
			[flushed, named, folderFlushed, manifest].sort((a, b) => a - b),
		);
		expect(manifest).toBeGreaterThan(-1);
	});

	it('is the manifest before it gets its name, and that before the next step', () => {
		const flushed = first('fsync', /\.manifest\.json\.partial$/);
		const named = first('rename', /\.manifest\.json$/, flushed);
		const folderFlushed = first('fsync', /\/backups$/, named);
		const nextRecord = first('write', /\.jsonl$/, named);
		expect(flushed).toBeGreaterThan(-1);
		expect(named).toBeGreaterThan(flushed);
		expect(folderFlushed).toBeGreaterThan(named);
		expect(nextRecord).toBeGreaterThan(folderFlushed);
	});

	it('is every record of the journal, before anything else is written or run', () => {
		const records = calls.flatMap(({name, about}, index) =>
			name === 'write' && about.endsWith('.jsonl') ? [index] : [],
		);
		expect(records.length).toBeGreaterThan(8);
		for (const record of records) {
			const flushed = first('fsync', /\.jsonl$/, record);
			expect(flushed).toBeGreaterThan(record);
			const between = calls.slice(record + 1, flushed).filter(({name}) => name === 'execve' || name === 'rename');
			expect(between).toEqual([]);
		}
	});

	it('is the intent to push, before git is run for it', () => {
		const pushes = calls.flatMap(({name, about}, index) =>
			name === 'execve' && /"push"/.test(about) && !/--dry-run/.test(about) ? [index] : [],
		);
		expect(pushes).not.toEqual([]);
		const flushed = calls
			.slice(0, pushes[0])
			.findLastIndex(({name, about}) => name === 'fsync' && about.endsWith('.jsonl'));
		const written = calls
			.slice(0, pushes[0])
			.findLastIndex(({name, about}) => name === 'write' && about.endsWith('.jsonl'));
		expect(flushed).toBeGreaterThan(written);
	});
});

/** Reads one line of `strace -f -y`; a call that another interrupted counts when it began, except what flushes. */
function readCall(line: string): Call[] {
	const text = line.replace(/^\d+\s+/, '');
	const [, name = '', rest = ''] = /^(\w+)\((.*)$/.exec(text) ?? [];
	if (name === 'fsync' || name === 'fdatasync') {
		const path = /^\d+<([^>]*)>/.exec(rest)?.[1];
		return path === undefined ? [] : [{name: 'fsync', about: path}];
	}
	if (name === 'write' || name === 'pwrite64') {
		const path = /^\d+<([^>]*)>/.exec(rest)?.[1];
		return path === undefined ? [] : [{name: 'write', about: path}];
	}
	if (name.startsWith('rename')) return [{name: 'rename', about: [...rest.matchAll(/"([^"]*)"/g)].at(-1)?.[1] ?? ''}];
	return name === 'execve' ? [{name, about: rest}] : [];
}
