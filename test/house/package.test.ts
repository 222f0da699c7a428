import {execFile} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

const run = promisify(execFile);

describe('the package', () => {
	let folder = '';
	let files: string[] = [];

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'sastaops-package-'));
		const {stdout} = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
		const [packed] = JSON.parse(stdout) as [{filename: string; files: {path: string}[]}];
		files = packed.files.map(({path}) => path);
		await writeFile(join(folder, 'package.json'), '{"name": "a-shop", "private": true, "type": "module"}');
		await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, packed.filename)], {cwd: folder});
	}, 120_000);
	afterAll(async () => {
		await rm(folder, {recursive: true, force: true});
	});

	it('holds what it needs and nothing else', () => {
		const tops = new Set(files.map((path) => path.split('/')[0]));
		expect([...tops].sort()).toEqual([
			'CHANGELOG.md',
			'LICENSE',
			'README.md',
			'THIRD-PARTY-LICENSES',
			'bin',
			'dist',
			'package.json',
			'schema',
			'templates',
		]);
	});

	it('installs as one package, without dependencies', async () => {
		expect((await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual(['sastaops']);
	});

	it('says the version of its own package.json, wherever it is', async () => {
		const {version} = JSON.parse(await readFile(resolve('package.json'), 'utf8')) as {version: string};
		const {stdout} = await run(join(folder, 'node_modules/.bin/sastaops'), ['--version'], {cwd: folder});
		expect(stdout).toBe(`${version}\n`);
	});

	it('names every package whose code is inside, with its licence', async () => {
		const text = await readFile(join(folder, 'node_modules/sastaops/THIRD-PARTY-LICENSES'), 'utf8');
		for (const name of ['commander', 'mongodb', 'bson', 'zod', 'fastify', 'undici'])
			expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
		expect(text).not.toContain('(undefined)');
	});

	it('knows nothing of the machine it was built on', async () => {
		const root = resolve('.');
		const bundle = join(folder, 'node_modules/sastaops/dist');
		const paths = (await readdir(bundle, {recursive: true, withFileTypes: true})).filter((entry) => entry.isFile());
		for (const entry of paths)
			expect(await readFile(join(entry.parentPath, entry.name), 'utf8'), entry.name).not.toContain(root);
	});

	it('gives the authors of migrations their types', async () => {
		const author = `import type {Migration} from 'sastaops';\nexport const title: Migration['title'] = 'x';\nexport const phase: Migration['phase'] = 'nonsense';\n`;
		await writeFile(join(folder, 'migration.ts'), author);
		const args = [
			'--noEmit',
			'--strict',
			'--module',
			'nodenext',
			'--moduleResolution',
			'nodenext',
			'--skipLibCheck',
			'migration.ts',
		];
		const {stdout} = await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), ...args], {
			cwd: folder,
		}).catch((error: unknown) => error as {stdout: string});
		expect(stdout).toContain(`Type '"nonsense"' is not assignable to type 'Phase'`);
		expect(stdout.match(/error TS/g)).toHaveLength(1);
	});
});

describe('the lock file', () => {
	type Locked = {
		readonly version: string;
		readonly resolved?: string;
		readonly engines?: {readonly node?: string};
		readonly optionalDependencies?: Record<string, string>;
	};

	it('names no host, and holds the build of every platform, so that npm ci works on all of them', async () => {
		const {packages} = JSON.parse(await readFile('package-lock.json', 'utf8')) as {packages: Record<string, Locked>};
		expect(Object.values(packages).filter(({resolved}) => resolved !== undefined)).toEqual([]);
		const missing = Object.values(packages)
			.flatMap(({optionalDependencies = {}}) => Object.keys(optionalDependencies))
			.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
		expect(missing).toEqual([]);
	});

	it('holds nothing that does without the oldest Node we promise', async () => {
		const {packages} = JSON.parse(await readFile('package-lock.json', 'utf8')) as {packages: Record<string, Locked>};
		const {default: semver} = await import('semver');
		const tooNew = Object.entries(packages).filter(
			([, {engines}]) => engines?.node !== undefined && !semver.satisfies('20.19.0', engines.node),
		);
		expect(tooNew.map(([path, {engines}]) => `${path} needs ${engines?.node}`)).toEqual([]);
	});
});
