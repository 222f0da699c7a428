import {join} from 'node:path';
import {readIfThere} from '../../kernel/read-if-there.js';
import type {AuditContext} from '../context.js';

export type LockedPackage = {
	/** `node_modules/a/node_modules/b`. */
	readonly path: string;
	readonly version?: string;
	readonly resolved?: string;
	readonly integrity?: string;
	readonly license?: unknown;
	readonly dev?: boolean;
	readonly link?: boolean;
	readonly inBundle?: boolean;
	readonly hasInstallScript?: boolean;
};

export type LockFile =
	| {readonly kind: 'none'}
	/** Of another package manager, whose format is not read. */
	| {readonly kind: 'foreign'; readonly name: string}
	| {readonly kind: 'broken'}
	| {readonly kind: 'npm'; readonly lockfileVersion: number; readonly packages: readonly LockedPackage[]};

const FOREIGN = ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'];

/** The lock file of the shop's repository. */
export function readLockFile(context: AuditContext): Promise<LockFile> {
	return context.shared('lock file', async () => {
		const {root} = context.loaded;
		const text =
			(await readIfThere(join(root, 'package-lock.json'))) ?? (await readIfThere(join(root, 'npm-shrinkwrap.json')));
		if (text !== undefined) return parseLock(text);
		for (const name of FOREIGN) {
			if ((await readIfThere(join(root, name))) !== undefined) return {kind: 'foreign', name};
		}
		return {kind: 'none'};
	});
}

/** Whether the root holds a package of Node at all. */
export function hasPackage(context: AuditContext): Promise<boolean> {
	return context.shared(
		'package.json',
		async () => (await readIfThere(join(context.loaded.root, 'package.json'))) !== undefined,
	);
}

function parseLock(text: string): LockFile {
	try {
		const lock = JSON.parse(text) as {
			lockfileVersion?: unknown;
			packages?: Record<string, Omit<LockedPackage, 'path'>>;
		};
		const packages = Object.entries(lock.packages ?? {})
			.filter(([path]) => path.includes('node_modules/'))
			.map(([path, about]) => ({...about, path}));
		return {kind: 'npm', lockfileVersion: Number(lock.lockfileVersion ?? 0), packages};
	} catch {
		return {kind: 'broken'};
	}
}
