import {accessSync, constants} from 'node:fs';
import {homedir} from 'node:os';
import {delimiter, join} from 'node:path';

export type OfficialTools = {
	/** Program and first arguments. */
	readonly mongodump: string[];
	readonly mongorestore: string[];
};

/** Where scripts/stack puts the Windows build with its wrappers. */
const WRAPPERS = join(
	process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
	'sastaops',
	'mongo-tools-100.3.1-wine',
	'bin',
);

/**
 * MongoDB's own tools: those on PATH, else those that `npm run stack` installs. Undefined where there are none, so that a
 * suite can skip itself by name: `describe.skipIf(officialTools() === undefined)`.
 * @throws in CI, where skipping would hide a hole
 */
export function officialTools(): OfficialTools | undefined {
	for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), WRAPPERS]) {
		const mongodump = join(folder, 'mongodump');
		const mongorestore = join(folder, 'mongorestore');
		if (isExecutable(mongodump) && isExecutable(mongorestore))
			return {mongodump: [mongodump], mongorestore: [mongorestore]};
	}
	if (process.env['CI']) throw new Error('mongodump and mongorestore are missing: run "npm run stack" first');
	return undefined;
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
