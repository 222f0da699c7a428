// Bundles src into dist: one entry, rooms as lazily loaded chunks, no runtime dependencies to install.
import {mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {build} from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const {version} = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

// Built beside dist and moved into its place: whoever runs the old one meanwhile is not disturbed.
const fresh = join(root, `.dist-${process.pid}`);
const result = await build({
	absWorkingDir: root,
	entryPoints: {start: 'src/cli/start.ts', api: 'src/api.ts', 'load-worker': 'src/load/worker/entry.ts'},
	outdir: fresh,
	bundle: true,
	splitting: true,
	format: 'esm',
	platform: 'node',
	target: 'node20.19',
	chunkNames: 'chunks/[name]-[hash]',
	minifySyntax: true,
	minifyWhitespace: true,
	keepNames: true,
	legalComments: 'none',
	metafile: true,
	logLevel: 'warning',
	define: {SASTAOPS_VERSION: JSON.stringify(version)},
	alias: {
		// As separate functions, of which two are used; what Node would load is one file with all of them.
		'hash-wasm': './node_modules/hash-wasm/dist/index.esm.js',
		// The standard's URL is Node's own; the package would bring the tables of every international name as well.
		'whatwg-url': 'node:url',
	},
	// Optional parts of the MongoDB driver that a shop installs only where it needs them.
	external: [
		'kerberos',
		'snappy',
		'mongodb-client-encryption',
		'@mongodb-js/zstd',
		'@aws-sdk/*',
		'gcp-metadata',
		'aws4',
	],
	banner: {
		js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);",
	},
});

await keepNamesOfClassesOnly(fresh);

// The page of the shop's dashboard, for browsers.
const page = await build({
	absWorkingDir: root,
	entryPoints: {main: 'src/app/dashboard/client/main.ts', style: 'src/app/dashboard/client/style.css'},
	outdir: join(fresh, 'dashboard'),
	bundle: true,
	format: 'esm',
	platform: 'browser',
	target: ['chrome123', 'firefox120', 'safari17.5'],
	minify: true,
	legalComments: 'none',
	metafile: true,
	logLevel: 'warning',
});

await writeFile(
	join(root, 'THIRD-PARTY-LICENSES'),
	await licences([...Object.keys(result.metafile.inputs), ...Object.keys(page.metafile.inputs)]),
);
await writeSchema();
await rm(join(root, 'dist'), {recursive: true, force: true});
await rename(fresh, join(root, 'dist'));

/**
 * esbuild keeps a name by defining it anew whenever a function is made. Functions are made with every request, a class is
 * made once, and only a class's name is ever shown: an error's, an id's.
 */
async function keepNamesOfClassesOnly(folder) {
	const NAMING = '__name=(target,value)=>__defProp(target,"name",{value,configurable:!0})';
	let count = 0;
	for (const name of await readdir(folder, {recursive: true})) {
		if (!name.endsWith('.js')) continue;
		const text = await readFile(join(folder, name), 'utf8');
		if (text.includes(NAMING)) count++;
		const changed = text
			.replace(NAMING, '__name=(target)=>target')
			.replaceAll(
				/static\{__name\(this,("[^"]+")\)\}/g,
				'static{Object.defineProperty(this,"name",{value:$1,configurable:!0})}',
			);
		if (changed !== text) await writeFile(join(folder, name), changed);
	}
	if (count !== 1) throw new Error(`esbuild defines __name ${count} times, or in another way than it did`);
}

/** The licence texts of every package whose code is inside the bundle. */
async function licences(inputs) {
	const folders = new Set(
		inputs
			.map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
			.filter((folder) => folder !== undefined),
	);
	const parts = await Promise.all(
		[...folders].sort().map(async (folder) => {
			const {
				name,
				version: packageVersion,
				license,
			} = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
			return `${name} ${packageVersion} (${license})\n\n${await licenceText(join(root, folder))}`;
		}),
	);
	return `The bundle contains the following packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n`)}`;
}

async function licenceText(folder) {
	for (const name of [
		'LICENSE',
		'LICENSE.md',
		'license',
		'LICENSE.txt',
		'LICENCE',
		'LICENSE-MIT',
		'LICENSE-MIT.txt',
		'license.md',
	]) {
		const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
		if (text !== undefined) return text;
	}
	return '(by its package.json; it carries no licence text)\n';
}

/** schema/config.json for editors and schema/audit.json for readers of reports, made from the zod schemas that check them. */
async function writeSchema() {
	const temporary = join(fresh, 'schema-source.mjs');
	await build({
		absWorkingDir: root,
		stdin: {
			contents:
				"export {configSchema} from './src/kernel/config/schema.ts'; export {auditDocumentSchema} from './src/audit/report/saved.ts'; export {toJSONSchema} from 'zod';",
			resolveDir: root,
		},
		outfile: temporary,
		bundle: true,
		format: 'esm',
		platform: 'node',
	});
	const {configSchema, auditDocumentSchema, toJSONSchema} = await import(pathToFileURL(temporary).href);
	const schemas = {
		'config.json': toJSONSchema(configSchema, {target: 'draft-7', io: 'input'}),
		'audit.json': toJSONSchema(auditDocumentSchema),
	};
	await mkdir(join(root, 'schema'), {recursive: true});
	for (const [name, schema] of Object.entries(schemas))
		await writeFile(join(root, 'schema', name), `${JSON.stringify(schema, null, '\t')}\n`);
	await rm(temporary);
}
