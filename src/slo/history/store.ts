import {appendFile, mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {writeFileDurably} from '../../kernel/durable-file.js';
import {errorCode, errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {readIfThere} from '../../kernel/read-if-there.js';
import {parseReadingLine, type Reading, readingLine} from './reading.js';
import {thinReadings} from './thin.js';

/** Readings kept between runs, so that long windows can be judged without a Prometheus. */
export type ReadingStore = {
	/** By instance, by time. */
	read(): Promise<ReadonlyMap<string, readonly Reading[]>>;
	/** Adds readings at once; two runs that do so at the same time harm nothing, as counters only rise. */
	append(readings: readonly Reading[]): Promise<void>;
	/** Writes only what is worth keeping of what was read, once enough could go. */
	thin(readings: ReadonlyMap<string, readonly Reading[]>, nowMs: number): Promise<void>;
};

/** The file is thinned when so many lines could go. */
const SPARE_LINES = 500;

/** JSON lines in one file, mode 0600. A line that a crash tore is passed over. */
export function openReadingStore(file: string): ReadingStore {
	return {
		read: async () => byInstance(await readAll()),

		async append(readings) {
			if (readings.length === 0) return;
			try {
				await mkdir(dirname(file), {recursive: true, mode: 0o700});
				// A line end first: what a crash tore must not swallow this line.
				await appendFile(file, `\n${readings.map(readingLine).join('\n')}\n`, {mode: 0o600});
			} catch (error) {
				throw unwritable(error);
			}
		},

		async thin(readings, nowMs) {
			const all = [...readings.values()];
			const kept = all.flatMap((list) => thinReadings(list, nowMs));
			if (all.flat().length - kept.length < SPARE_LINES) return;
			try {
				await writeFileDurably(file, `${kept.map(readingLine).join('\n')}\n`);
			} catch (error) {
				throw unwritable(error);
			}
		},
	};

	async function readAll(): Promise<Reading[]> {
		try {
			return parseReadings((await readIfThere(file)) ?? '');
		} catch (error) {
			throw unwritable(error);
		}
	}

	function unwritable(cause: unknown): unknown {
		if (errorCode(cause) === undefined) return cause;
		return new SastaError('SLO_HISTORY', `The readings in ${file} cannot be kept: ${errorMessage(cause)}`, {
			exitCode: EXIT.refused,
			cause,
			hint: 'Make room, or mend its permissions; without them only this moment can be judged',
		});
	}
}

/** The readings of a file's text; lines that are none are passed over. */
export function parseReadings(text: string): Reading[] {
	return text.split('\n').flatMap((line) => (line === '' ? [] : (parseReadingLine(line) ?? [])));
}

export function byInstance(readings: readonly Reading[]): Map<string, Reading[]> {
	const instances = new Map<string, Reading[]>();
	for (const reading of readings) {
		const list = instances.get(reading.instance);
		if (list === undefined) instances.set(reading.instance, [reading]);
		else list.push(reading);
	}
	for (const list of instances.values()) list.sort((a, b) => a.atMs - b.atMs);
	return instances;
}
