import {spawn} from 'node:child_process';
import {join, resolve} from 'node:path';
import {build} from 'esbuild';
import {temporaryFolder} from './folder.js';

/** What a process of its own does with alerts: `test/support/alert-child-entry.ts`. */
export type AlertChildTask =
	| {readonly kind: 'count'; readonly folder: string; readonly key: string; readonly times: number}
	| {readonly kind: 'raise'; readonly folder: string; readonly url: string; readonly key: string};

export type AlertChildEnd = {readonly exitCode: number | null; readonly signal: string | null; readonly output: string};

/** Runs it to its end, or to where a fault kills it. */
export async function runAlertChild(task: AlertChildTask, fault = ''): Promise<AlertChildEnd> {
	const file = join(await temporaryFolder(), 'child.mjs');
	await build({
		entryPoints: [resolve('test/support/alert-child-entry.ts')],
		outfile: file,
		bundle: true,
		format: 'esm',
		platform: 'node',
		logLevel: 'error',
		banner: {
			js: "import {createRequire} from 'node:module';const require=createRequire(import.meta.url);",
		},
	});
	const child = spawn(process.execPath, [file, JSON.stringify(task)], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {PATH: process.env['PATH'], NODE_ENV: 'test', ...(fault === '' ? {} : {SASTAOPS_FAULT: fault})},
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (text: string) => {
			output += text;
		});
	return new Promise((done) => child.once('close', (exitCode, signal) => done({exitCode, signal, output})));
}
