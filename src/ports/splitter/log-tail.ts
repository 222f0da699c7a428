import {type FileHandle, open, stat} from 'node:fs/promises';
import {errorCode} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import {type FollowedFile, followFile} from './followed-file.js';

export type TailReading = {
	readonly lines: readonly string[];
	/** Lines known to be lost: cut by a truncation, too long, or never ended. */
	readonly lost: number;
};

/** Follows a log that is written line by line, from its end on. */
export type LogTail = {
	/** Lines since the last call, each once; the first call begins, and has none. Rejects with the file system's error. */
	read(): Promise<TailReading>;
	close(): Promise<void>;
};

export type LogTailOptions = {
	/** The log is made with its first line, which is then not missed. @default false: its absence is an error */
	readonly mayBeAbsent?: boolean;
};

/** Some writers go on in a file that was moved away, until they are told to open a new one. */
const RETIRED_MS = 60_000;

/** Taken at once; the rest is taken by the next call. */
const MOST_BYTES = 32_000_000;

/**
 * Goes on in the new file where the log is moved away (logrotate, a proxy that rotates itself), listening to the old one
 * for a minute more; begins anew where it is truncated (copytruncate). Nothing is kept in memory between calls but a
 * line that has not ended yet.
 */
export function openLogTail(
	path: string,
	host: Pick<Host, 'monotonicMs'>,
	{mayBeAbsent = false}: LogTailOptions = {},
): LogTail {
	let hasBegun = false;
	let current: FollowedFile | undefined;
	let retired: {readonly file: FollowedFile; quietSinceMs: number}[] = [];
	let reading: Promise<unknown> = Promise.resolve();
	return {
		read() {
			const result = reading.then(readAll);
			reading = result.catch(() => undefined);
			return result;
		},
		async close() {
			await reading;
			for (const {file} of retired) await file.close();
			await current?.close();
			current = undefined;
			retired = [];
		},
	};

	async function readAll(): Promise<TailReading> {
		if (!hasBegun) {
			current = await begin();
			hasBegun = true;
			return {lines: [], lost: 0};
		}
		const lines: string[] = [];
		let lost = 0;
		const take = async (file: FollowedFile) => {
			const {bytes, lost: more} = await file.read(MOST_BYTES, (line) => lines.push(line));
			lost += more;
			return bytes;
		};
		const next = await openNext(current);
		if (next !== undefined) {
			if (current !== undefined) retired.push({file: current, quietSinceMs: host.monotonicMs()});
			current = next;
		}
		for (const each of retired) if ((await take(each.file)) > 0) each.quietSinceMs = host.monotonicMs();
		if (current !== undefined) await take(current);
		lost += await dropQuiet();
		return {lines, lost};
	}

	async function begin(): Promise<FollowedFile | undefined> {
		try {
			return await followFile(await open(path, 'r'), 'end');
		} catch (error) {
			if (mayBeAbsent && errorCode(error) === 'ENOENT') return undefined;
			throw error;
		}
	}

	/** Undefined where the log is still the same file, or has no successor yet. */
	async function openNext(file: FollowedFile | undefined): Promise<FollowedFile | undefined> {
		let handle: FileHandle;
		try {
			const {ino, dev} = await stat(path, {bigint: true});
			if (ino === file?.ino && dev === file.dev) return undefined;
			handle = await open(path, 'r');
		} catch (error) {
			if (errorCode(error) === 'ENOENT') return undefined;
			throw error;
		}
		return followFile(handle, 'start');
	}

	/** Files moved away that nobody writes to any more. */
	async function dropQuiet(): Promise<number> {
		const isQuiet = ({quietSinceMs}: {quietSinceMs: number}) => host.monotonicMs() - quietSinceMs > RETIRED_MS;
		const quiet = retired.filter(isQuiet);
		retired = retired.filter((each) => !isQuiet(each));
		let lost = 0;
		for (const {file} of quiet) {
			lost += file.hasHalfLine() ? 1 : 0;
			await file.close();
		}
		return lost;
	}
}
