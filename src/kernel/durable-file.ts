import {open, rename, rm} from 'node:fs/promises';
import {platform} from 'node:os';
import {dirname} from 'node:path';

/** Flushes a directory, so that a file created or renamed in it survives a power loss. Windows has no such call. */
export async function syncDirectory(path: string): Promise<void> {
	if (platform() === 'win32') return;
	const handle = await open(path, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** Writes the whole file or nothing: temporary file, fsync, rename, directory fsync. @param mode @default 0600 */
export async function writeFileDurably(
	path: string,
	content: string | Uint8Array,
	{mode = 0o600}: {readonly mode?: number} = {},
): Promise<void> {
	const partial = `${path}.partial`;
	const handle = await open(partial, 'w', mode);
	try {
		await handle.writeFile(content);
		await handle.sync();
	} catch (error) {
		await handle.close();
		await rm(partial, {force: true});
		throw error;
	}
	await handle.close();
	await rename(partial, path);
	await syncDirectory(dirname(path));
}
