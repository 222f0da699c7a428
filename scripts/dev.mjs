// The reference shop while it is being worked on: built, served, and built and served anew whenever src changes.
// npm run dev [-- --port 3000]      MONGODB_URI names the database; without it one is started here, in .sastaops/dev
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {watch} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {build} from 'esbuild';

/** Editors write a file in several steps. */
const QUIET_MS = 150;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());

const database = process.env.MONGODB_URI ? undefined : await startDatabase();
const env = {...process.env, MONGODB_URI: process.env.MONGODB_URI ?? database.uri};
let shop;
try {
	while (!stopping.signal.aborted) {
		const changed = waitForChange();
		if (await runBuild())
			shop = spawn(process.execPath, ['bin/sastaops.js', 'serve', ...args], {cwd: root, env, stdio: 'inherit'});
		await changed;
		await endShop();
	}
} finally {
	await endShop();
	await database?.stop();
}

async function runBuild() {
	const building = spawn(process.execPath, ['scripts/build.mjs'], {cwd: root, stdio: 'inherit'});
	const [code] = await once(building, 'exit');
	// What does not build is told by the bundler; the next change may mend it.
	return code === 0;
}

/** Resolves when a source was changed and it has been quiet since, or when it is time to stop. */
function waitForChange() {
	return new Promise((done) => {
		let timer;
		const watcher = watch(join(root, 'src'), {recursive: true}, () => {
			clearTimeout(timer);
			timer = setTimeout(finish, QUIET_MS);
		});
		stopping.signal.addEventListener('abort', finish, {once: true});
		function finish() {
			clearTimeout(timer);
			watcher.close();
			done();
		}
	});
}

async function endShop() {
	if (shop === undefined || shop.exitCode !== null || shop.signalCode !== null) return;
	const ended = once(shop, 'exit');
	shop.kill('SIGTERM');
	await ended;
}

/** The same database ladder that the demo climbs. */
async function startDatabase() {
	const outfile = join(root, '.sastaops', 'dev', 'database.mjs');
	await build({
		absWorkingDir: root,
		stdin: {
			contents: "export {startDatabase} from './src/local/database.ts'; export {makeHost} from './src/cli/host.ts';",
			resolveDir: root,
		},
		outfile,
		bundle: true,
		packages: 'external',
		format: 'esm',
		platform: 'node',
		logLevel: 'warning',
	});
	const local = await import(pathToFileURL(outfile).href);
	const {host} = local.makeHost([]);
	// Ctrl-C is for the shop first; the database is stopped behind it.
	return local.startDatabase(
		{...host, signal: new AbortController().signal},
		{storagePath: join(root, '.sastaops', 'dev', 'database')},
	);
}
