import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {packageFile} from '../../kernel/package-file.js';

export type Asset = {readonly content: Buffer; readonly type: string; readonly etag: string};

const TYPES = {'main.js': 'text/javascript; charset=utf-8', 'style.css': 'text/css; charset=utf-8'} as const;

export type AssetName = keyof typeof TYPES;

export const ASSET_NAMES = Object.keys(TYPES) as readonly AssetName[];

/** A file of the page, as `scripts/build.mjs` has bundled it. */
export async function readAsset(name: AssetName): Promise<Asset> {
	const content = await readFile(packageFile('dist', 'dashboard', name));
	const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
	return {content, type: TYPES[name], etag};
}
