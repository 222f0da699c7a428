import {createGunzip} from 'node:zlib';
import {errorMessage} from '../../kernel/errors.js';
import {type ArchiveContents, openArchiveInspector} from './inspector.js';
import type {ArchiveProblem} from './problem.js';

export type GzipInspector = {
	/** Resolves when the piece is unpacked and checked, so that whoever awaits it holds little in memory. */
	write(chunk: Uint8Array): Promise<void>;
	finish(): Promise<ArchiveContents>;
};

/** Large enough that calls do not count, small enough to stay in the processor's cache. */
const CHUNK_BYTES = 128 * 1024;

/** Unpacks a gzipped archive and inspects it; broken gzip is a problem in the result, not an error. */
export async function openGzipInspector(): Promise<GzipInspector> {
	const inspector = await openArchiveInspector();
	const gunzip = createGunzip({chunkSize: CHUNK_BYTES});
	const problems: ArchiveProblem[] = [];
	let bytes = 0;
	let isOver = false;
	/** Goes on with what waits for the unpacker, which calls nobody back once it has failed or met the end. */
	let wake = (): void => undefined;
	const over = () => {
		isOver = true;
		wake();
	};
	gunzip.on('data', (chunk: Uint8Array) => inspector.write(chunk));
	gunzip.once('end', over);
	gunzip.once('error', (error) => {
		problems.push({message: `the gzip stream is broken: ${errorMessage(error)}`});
		over();
	});

	return {
		async write(chunk) {
			bytes += chunk.length;
			if (isOver) return;
			await new Promise<void>((resolve) => {
				wake = resolve;
				gunzip.write(chunk, () => resolve());
			});
		},
		async finish() {
			if (!isOver) {
				await new Promise<void>((resolve) => {
					wake = resolve;
					gunzip.end();
				});
			}
			gunzip.destroy();
			const contents = inspector.finish();
			const left = bytes - gunzip.bytesWritten;
			if (problems.length === 0 && left !== 0)
				problems.push({message: `${left} bytes follow the end of the gzip stream`});
			return {...contents, problems: [...problems, ...contents.problems]};
		},
	};
}
