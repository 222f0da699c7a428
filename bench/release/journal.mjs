// Where the time of a release went, as its journal tells.
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Milliseconds from the start of the run to each record. */
export async function printJournal(cwd, startedAtMs) {
	const folder = join(cwd, '.sastaops', 'runs');
	for (const name of (await readdir(folder)).filter((file) => file.endsWith('.jsonl'))) {
		const lines = (await readFile(join(folder, name), 'utf8')).trim().split('\n');
		for (const line of lines) {
			const {at, type, step = ''} = JSON.parse(line);
			console.log(`${String(Math.round(at - startedAtMs)).padStart(7)} ms  ${type} ${step}`);
		}
	}
}
