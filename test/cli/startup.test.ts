import {execFileSync} from 'node:child_process';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {describe, expect, it} from 'vitest';
import {temporaryFolder} from '../support/folder.js';
import {BINARY} from '../support/shop-world.js';

const DIST = resolve('dist');

/** Packages that are loaded with the entry: reached from it without crossing an `import()`. */
async function packagesLoadedWith(entry: string): Promise<string[]> {
	const {metafile} = await build({
		entryPoints: [entry],
		bundle: true,
		packages: 'external',
		format: 'esm',
		platform: 'node',
		outdir: 'never-written',
		write: false,
		metafile: true,
	});
	const packages = new Set<string>();
	const seen = new Set<string>();
	const visit = (file: string): void => {
		if (seen.has(file)) return;
		seen.add(file);
		for (const {path, kind, external} of metafile.inputs[file]?.imports ?? []) {
			if (kind === 'dynamic-import') continue;
			if (external === true) packages.add(path);
			else visit(path);
		}
	};
	visit(entry);
	return [...packages].filter((name) => !name.startsWith('node:')).sort();
}

/** Files of the bundle that a run of the binary executed, by the coverage V8 writes at the end. */
async function bundleFilesRun(...args: readonly string[]): Promise<string[]> {
	const folder = await temporaryFolder();
	execFileSync(process.execPath, [BINARY, ...args], {env: {...process.env, NODE_V8_COVERAGE: folder}});
	const reports = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
	return reports
		.flatMap((text) => (JSON.parse(text) as {result: {url: string}[]}).result)
		.filter(({url}) => url.startsWith('file:'))
		.map(({url}) => fileURLToPath(url))
		.filter((file) => file.startsWith(DIST));
}

async function bytesOf(files: readonly string[]): Promise<number> {
	const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
	return sizes.reduce((sum, size) => sum + size, 0);
}

describe('starting up', () => {
	it('loads no package to tell the version, and only the parser of arguments to help', async () => {
		expect(await packagesLoadedWith('src/cli/start.ts')).toEqual([]);
		expect(await packagesLoadedWith('src/cli/main.ts')).toEqual(['commander']);
	});

	it('loads nothing heavy to read the flags of a release', async () => {
		const packages = await packagesLoadedWith('src/cli/release.ts');
		for (const heavy of ['mongodb', 'undici', '@octokit/rest', 'execa', 'zod', 'yaml'])
			expect(packages).not.toContain(heavy);
	});

	it('loads no database driver and no HTTP client before a release needs one', async () => {
		const packages = await packagesLoadedWith('src/release/create.ts');
		expect(packages).not.toContain('mongodb');
		expect(packages).not.toContain('undici');
		expect(packages).not.toContain('@octokit/rest');
	});

	it.each([
		['--version', 5_000],
		['--help', 170_000],
	])('runs little of the bundle for %s', async (flag, mostBytes) => {
		const files = await bundleFilesRun(flag);
		expect(files.length).toBeGreaterThan(0);
		expect(await bytesOf(files)).toBeLessThan(mostBytes);
	});
});
