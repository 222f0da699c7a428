import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/**
 * The path of a file shipped with the package (`templates/…`, `bin/…`), wherever this module runs: from src, or as a
 * chunk in dist.
 */
export function packageFile(...segments: readonly string[]): string {
	let folder = dirname(fileURLToPath(import.meta.url));
	while (!existsSync(join(folder, 'bin', 'sastaops.js'))) {
		const parent = dirname(folder);
		if (parent === folder) throw new Error('packageFile: not inside the sastaops package');
		folder = parent;
	}
	return join(folder, ...segments);
}
