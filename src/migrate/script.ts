import {readFile, rm, writeFile} from 'node:fs/promises';
import {basename, dirname, extname, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {sha256} from '../kernel/canonical.js';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';

/** A file of migrations/ or seeds/, read but not run. */
export type Script = {
	/** Absolute. */
	readonly file: string;
	/** SHA-256 of the source with line ends made `\n`, so that a checkout on Windows has the same. */
	readonly checksum: string;
	/** JavaScript: the source itself, or with its types taken out, line by line where they were. */
	readonly code: string;
};

/** @throws SastaError SCRIPT_UNREADABLE for a file that is not TypeScript or JavaScript */
export async function readScript(file: string): Promise<Script> {
	const source = (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
	return {file, checksum: sha256(source), code: isTypeScript(file) ? await withoutTypes(file, source) : source};
}

/** Runs the file as a module and gives its exports. Relative imports resolve from where it lies. */
export async function importScript(
	{file, code, checksum}: Script,
	host: Pick<Host, 'randomHex'>,
): Promise<Readonly<Record<string, unknown>>> {
	if (!isTypeScript(file)) return importFile(file, `${pathToFileURL(file).href}?checksum=${checksum}`);
	const stripped = join(dirname(file), `.${basename(file, extname(file))}.${host.randomHex(4)}.mjs`);
	await writeFile(stripped, code, {mode: 0o600});
	try {
		return await importFile(file, pathToFileURL(stripped).href);
	} finally {
		await rm(stripped, {force: true});
	}
}

function isTypeScript(file: string): boolean {
	return file.endsWith('.ts') || file.endsWith('.mts');
}

async function withoutTypes(file: string, source: string): Promise<string> {
	const {stripTypes} = await import('./strip-types.js');
	try {
		return stripTypes(source, file);
	} catch (error) {
		throw unreadable(file, error);
	}
}

async function importFile(file: string, href: string): Promise<Readonly<Record<string, unknown>>> {
	try {
		return {...(await import(href))};
	} catch (error) {
		throw unreadable(file, error);
	}
}

function unreadable(file: string, error: unknown): SastaError {
	return new SastaError('SCRIPT_UNREADABLE', `${file} cannot be loaded: ${errorMessage(error)}`, {
		exitCode: EXIT.usage,
		cause: error,
	});
}
