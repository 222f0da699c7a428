// What the backup benches share: the TypeScript under test, a filled server, children that are measured.
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, 'node_modules', '.cache', 'sastaops-bench');

/** Imports a TypeScript module of this repository, bundled as the release bundles it. */
export async function bundle(path) {
	const outfile = await bundleFile(path);
	try {
		return await import(pathToFileURL(outfile).href);
	} finally {
		await rm(outfile, {force: true});
	}
}

/** The same as a file, for a child that should not carry the bundler in its memory; remove it at the end. */
export async function bundleFile(path) {
	await mkdir(folder, {recursive: true});
	const {build} = await import('esbuild');
	const outfile = join(folder, `${createHash('sha1').update(path).digest('hex').slice(0, 8)}-${process.pid}.mjs`);
	await build({
		absWorkingDir: root,
		entryPoints: [path],
		outfile,
		bundle: true,
		format: 'esm',
		platform: 'node',
		external: [
			'vitest',
			'kerberos',
			'snappy',
			'mongodb-client-encryption',
			'@mongodb-js/*',
			'@aws-sdk/*',
			'socks',
			'gcp-metadata',
			'aws4',
		],
		banner: {
			js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);",
		},
		logLevel: 'warning',
	});
	return outfile;
}

/** Runs `work` with a server that answers from memory, so that the database is not what is measured. */
export async function withReplay(megabytes, work) {
	const bytes = megabytes * 1_000_000;
	const script = fileURLToPath(new URL('replay-server.mjs', import.meta.url));
	const server = spawn(process.execPath, [script, String(bytes)], {stdio: ['ignore', 'pipe', 'inherit', 'ipc']});
	try {
		const [port] = await once(server.stdout, 'data');
		return await work({uri: `mongodb://127.0.0.1:${String(port).trim()}/?directConnection=true`, name: 'bench', bytes});
	} finally {
		server.kill();
	}
}

/** Runs `work` with a real server of its own that holds `megabytes` of orders. */
export async function withDatabase(megabytes, work) {
	const {startDatabase} = await bundle('src/local/database.ts');
	const {makeTestHost} = await bundle('test/support/host.ts');
	const {fillOrders} = await bundle('bench/backup/fill.ts');
	const storagePath = await mkdtemp(join(tmpdir(), 'sastaops-bench-db-'));
	const server = await startDatabase(makeTestHost(), {ephemeral: true, storagePath});
	try {
		const bytes = await fillOrders(server.uri, 'bench', megabytes * 1_000_000);
		return await work({uri: server.uri, name: 'bench', bytes});
	} finally {
		await server.stop();
		await rm(storagePath, {recursive: true, force: true});
	}
}

/** Runs one contender in a process of its own; gives its milliseconds and its peak memory. */
export async function runChild(mode, options) {
	const child = spawn(
		process.execPath,
		[fileURLToPath(new URL('child.mjs', import.meta.url)), mode, JSON.stringify(options)],
		{
			stdio: ['ignore', 'pipe', 'inherit'],
		},
	);
	let text = '';
	for await (const chunk of child.stdout) text += chunk;
	const line = text.trim().split('\n').at(-1) ?? '';
	if (line === '') throw new Error(`${mode} printed nothing`);
	return JSON.parse(line);
}

export function median(values) {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}

export function printTable(header, rows) {
	const cells = [header, ...rows].map((row) => row.map(String));
	const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
	for (const row of cells)
		console.log(
			row
				.map((cell, column) => cell.padEnd(widths[column]))
				.join('  ')
				.trimEnd(),
		);
}
