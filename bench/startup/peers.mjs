// The tools people would use instead, installed by npm into a folder of their own.
import {existsSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {runProgram} from '../measure.mjs';

const PACKAGES = ['release-it@20', 'np@11', 'semantic-release@24', '@changesets/cli@2'];
const folder =
	process.env.BENCH_PEERS || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sastaops', 'bench-peers');

/** The JavaScript file that each peer's command runs, installed on the first call. */
export async function installPeers() {
	if (!existsSync(join(folder, 'node_modules', 'release-it'))) {
		await mkdir(folder, {recursive: true});
		await writeFile(join(folder, 'package.json'), '{"private": true}\n');
		await runProgram(['npm', 'install', '--no-audit', '--no-fund', ...PACKAGES], {cwd: folder});
	}
	const command = (...path) => join(folder, 'node_modules', ...path);
	return {
		'release-it': command('.bin', 'release-it'),
		np: command('.bin', 'np'),
		'semantic-release': command('.bin', 'semantic-release'),
		changesets: command('.bin', 'changeset'),
	};
}
