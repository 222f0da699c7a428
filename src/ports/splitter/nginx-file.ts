import {link, open, readdir, readFile, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {syncDirectory} from '../../kernel/durable-file.js';
import {errorCode} from '../../kernel/errors.js';

/** A content that is on disk beside the file already: putting it in place takes no space. */
export type PreparedFile = {
	/** Puts it in the file’s place at once, whole. */
	put(): Promise<void>;
	/** Removes it where it was not put. */
	drop(): Promise<void>;
};

/** Anybody may read it, where there is none yet: nginx’s test may run as somebody else. */
const MODE = 0o644;

/** Names end so that no `include *.conf` takes them in. */
const SUFFIX = '.sastaops-';
const STALE_MS = 60_000;

/** Writes the content durably beside the file, with the file’s mode. Rejects with the file system’s error, nothing left behind. */
export async function prepareFile(file: string, content: string | Buffer, name: string): Promise<PreparedFile> {
	const partial = `${file}${SUFFIX}${name}`;
	const mode = await stat(file).then(
		(found) => found.mode & 0o777,
		() => MODE,
	);
	try {
		const handle = await open(partial, 'w', mode);
		try {
			await handle.chmod(mode);
			await handle.writeFile(content);
			await handle.sync();
		} finally {
			await handle.close();
		}
	} catch (error) {
		await rm(partial, {force: true});
		throw error;
	}
	return preparedAt(partial, file);
}

/**
 * The file as it is now, to be put back with its owner and all: under a second name, which takes no space; or as a copy, where
 * the system lets only its owner do that.
 */
export async function keepFile(file: string, content: Buffer, name: string): Promise<PreparedFile> {
	const kept = `${file}${SUFFIX}${name}`;
	try {
		await link(file, kept);
	} catch (error) {
		if (!['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(String(errorCode(error)))) throw error;
		return prepareFile(file, content, name);
	}
	return preparedAt(kept, file);
}

/** Undefined where there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
	try {
		return await readFile(file);
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	}
}

/** What a run that was killed has left beside the file; not that of one at work. */
export async function dropStale(file: string, nowMs: number): Promise<void> {
	const folder = dirname(file);
	const names = (await readdir(folder)).filter((name) => name.startsWith(`${basename(file)}${SUFFIX}`));
	for (const name of names) {
		const path = join(folder, name);
		const found = await stat(path).catch(() => undefined);
		if (found !== undefined && nowMs - found.mtimeMs > STALE_MS) await rm(path, {force: true});
	}
}

function preparedAt(path: string, file: string): PreparedFile {
	return {
		async put() {
			await rename(path, file);
			await syncDirectory(dirname(file));
		},
		drop: () => rm(path, {force: true}),
	};
}
