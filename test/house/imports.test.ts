import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';

/** docs/architecture.md holds the same table for people; a new arrow is a decision, written in docs/decisions. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
	release: ['backup', 'migrate', 'canary', 'slo', 'audit', 'alert', 'database'],
	canary: ['slo', 'stats', 'alert'],
	slo: ['stats', 'alert'],
	audit: ['database', 'backup', 'slo'],
	load: ['stats', 'database'],
	app: ['database', 'slo', 'alert'],
	local: ['release', 'app'],
	backup: [],
	migrate: [],
	gateway: [],
	alert: [],
	stats: [],
	database: [],
};

/** What each layer may import; the rooms by the table above. */
function mayImport(from: string, to: string): boolean {
	if (from === to) return true;
	if (from === 'kernel') return false;
	if (from === 'ports') return to === 'kernel';
	if (from === 'cli') return true;
	if (from === 'api') return true;
	if (from === 'stats') return to === 'kernel';
	return to === 'kernel' || to === 'ports' || (ROOMS[from]?.includes(to) ?? false);
}

type Import = {readonly from: string; readonly to: string; readonly isType: boolean};

const SRC = resolve('src');
const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'}).filter((path) => path.endsWith('.ts'));
const imports = files.flatMap(importsOf);

function importsOf(path: string): Import[] {
	const text = readFileSync(join(SRC, path), 'utf8');
	const statements = [
		...text.matchAll(
			/(?:^|\n)\s*(?:import|export)\s+(type\s+)?[^;'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)|(?:^|\n)import\s+'(\.[^']+)'/g,
		),
	];
	return statements.map(([, type, from, dynamic, bare]) => ({
		from: path,
		to: relative(SRC, resolve(SRC, dirname(path), from ?? dynamic ?? bare ?? '')).replace(/\.js$/, '.ts'),
		isType: type !== undefined,
	}));
}

function roomOf(path: string): string {
	return path.includes('/') ? (path.split('/')[0] ?? '') : path.replace(/\.ts$/, '');
}

describe('the house', () => {
	it('has imports that point one way', () => {
		expect(imports.length).toBeGreaterThan(files.length);
		const wrong = imports.filter(({from, to}) => !mayImport(roomOf(from), roomOf(to)));
		expect(wrong.map(({from, to}) => `${from} imports ${to}`)).toEqual([]);
	});

	it('lets nobody but serve and demo into the reference shop', () => {
		const visitors = imports.filter(({from, to}) => roomOf(to) === 'app' && roomOf(from) !== 'app');
		const allowed = ['cli/serve.ts', 'cli/demo.ts'];
		expect(
			visitors.map(({from}) => from).filter((from) => !allowed.includes(from) && roomOf(from) !== 'local'),
		).toEqual([]);
	});

	it('has no cycles between files', () => {
		const graph = new Map(
			files.map((file) => [file, imports.filter(({from, isType}) => from === file && !isType).map(({to}) => to)]),
		);
		expect(findCycle(graph)).toEqual([]);
	});

	it('resolves every relative import to a file', () => {
		const known = new Set(files);
		expect(imports.filter(({to}) => !known.has(to)).map(({from, to}) => `${from} imports ${to}`)).toEqual([]);
	});

	it('takes nothing but the default of a CommonJS package by import(): bundled, it has no named exports', () => {
		const lazy = files.flatMap((file) =>
			[
				...readFileSync(join(SRC, file), 'utf8').matchAll(/(?<!\{default: \w+\} = await )import\('([^.'][^']*)'\)/g),
			].map(([, name = '']) => ({
				file,
				name,
			})),
		);
		const isModule = (name: string) =>
			(JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')) as {type?: string}).type ===
			'module';
		expect(lazy.length).toBeGreaterThan(0);
		expect(lazy.filter(({name}) => !name.startsWith('node:') && !isModule(name))).toEqual([]);
	});

	it('touches the process in one place only', () => {
		const allowed = ['cli/host.ts', 'cli/start.ts', 'ports/process.ts', 'ports/process-table.ts'];
		const touching = files.filter(
			(file) =>
				!allowed.includes(file) && /(?<![\w.'])(?:process\.(?!\w*Started)|console\.|Date\.now\()/.test(codeOf(file)),
		);
		expect(touching).toEqual([]);
	});
});

function codeOf(path: string): string {
	return readFileSync(join(SRC, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$|`[^`]*`|'[^'\n]*'/gm, '');
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
	const done = new Set<string>();
	const visit = (file: string, path: readonly string[]): string[] => {
		if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
		if (done.has(file)) return [];
		for (const next of graph.get(file) ?? []) {
			const cycle = visit(next, [...path, file]);
			if (cycle.length > 0) return cycle;
		}
		done.add(file);
		return [];
	};
	for (const file of graph.keys()) {
		const cycle = visit(file, []);
		if (cycle.length > 0) return cycle;
	}
	return [];
}
