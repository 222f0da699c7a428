// Runs a Node program and tells its own peak memory, whatever its children take: a preload writes it down at the exit.
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {runProgram} from '../measure.mjs';

/** `argv` begins with Node itself. Children do not inherit the preload: it is an argument, no variable. */
export async function runMeasured([node, ...args], {cwd, env}) {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-bench-peak-'));
	const file = join(folder, 'peak');
	const preload = fileURLToPath(new URL('peak-preload.cjs', import.meta.url));
	try {
		const started = performance.now();
		const stdout = await runProgram([node, '--require', preload, ...args], {cwd, env: {...env, BENCH_PEAK: file}});
		const ms = performance.now() - started;
		return {ms, stdout, peakMb: Number(await readFile(file, 'utf8')) / 1000};
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}
