import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {glob} from 'tinyglobby';

export type AssetFacts = {
	/** As configured. */
	readonly pattern: string;
	/** Paths relative to the configuration's folder, with sizes. */
	readonly files: readonly {readonly path: string; readonly bytes: number}[];
};

/** The files each configured pattern names. */
export async function findAssets(root: string, patterns: readonly string[]): Promise<AssetFacts[]> {
	return Promise.all(
		patterns.map(async (pattern) => {
			const paths = await glob(pattern, {cwd: root, onlyFiles: true, dot: true, expandDirectories: false});
			const files = await Promise.all(
				paths.sort().map(async (path) => ({path, bytes: (await stat(join(root, path))).size})),
			);
			return {pattern, files};
		}),
	);
}
