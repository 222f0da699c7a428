import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {errorCode, isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {packageFile} from '../kernel/package-file.js';
import {type ProcessResult, runProcess} from '../ports/process.js';
import {cacheFolder} from './cache-folder.js';

/** A MongoDB server in Python over the real WiredTiger engine; GPL-2.0, and only ever run as a process of its own. */
export const SECANTUSDB_VERSION = '0.7.0b3';

/** Python prints this, or fails where it is too old or lacks venv. */
const PROBE =
	'import sys, sysconfig, venv, ensurepip; assert sys.version_info >= (3, 10); ' +
	'print("%d.%d-%s" % (*sys.version_info[:2], sysconfig.get_platform()))';

export type InstallHost = Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs' | 'emit'>;

/**
 * The folder of a Python environment with SecantusDB inside; made on first use (about 15 seconds), by hash, and shared by
 * all runs of this user.
 * @throws SastaError PYTHON_MISSING, INSTALL_FAILED
 */
export async function ensureSecantusDb(host: InstallHost): Promise<string> {
	const {python, tag} = await findPython(host);
	const folder = join(cacheFolder(host), `secantusdb-${SECANTUSDB_VERSION}-py${tag}`);
	if (!existsSync(folder)) await install(host, python, folder);
	return folder;
}

/** The command that serves `storagePath` on a port of loopback. */
export function secantusDbArgv(
	folder: string,
	{port, storagePath, auth, testCommands, standalone}: ServerTerms,
): readonly string[] {
	return [
		join(folder, 'bin', 'python'),
		...['-m', 'secantus', '--config', join(folder, EMPTY_CONFIG), '--host', '127.0.0.1', '--port', String(port)],
		...['--storage-path', storagePath, '--log-level', 'WARNING', '--cache-size', '256M'],
		...(auth ? ['--auth'] : []),
		...(standalone ? ['--standalone'] : []),
		...(testCommands ? ['--enable-test-commands'] : []),
	];
}

export type ServerTerms = {
	readonly port: number;
	readonly storagePath: string;
	readonly auth: boolean;
	/** Allows `configureFailPoint`. */
	readonly testCommands: boolean;
	/** No replica set, so no transactions. */
	readonly standalone: boolean;
};

/** Without a configuration of its own the server would look for one in the user's home. */
const EMPTY_CONFIG = 'empty.toml';

async function findPython(host: InstallHost): Promise<{python: string; tag: string}> {
	for (const python of ['python3', 'python']) {
		const tag = await probe(host, python);
		if (tag !== undefined) return {python, tag};
	}
	throw new SastaError('PYTHON_MISSING', 'There is neither a mongod nor a Python 3.10 with venv on this machine', {
		exitCode: EXIT.refused,
		hint: 'Install MongoDB, or Python (Debian: apt-get install python3-venv)',
	});
}

async function probe(host: InstallHost, python: string): Promise<string | undefined> {
	try {
		const {exitCode, stdout} = await runProcess(host, {argv: [python, '-c', PROBE], timeoutMs: 20_000});
		return exitCode === 0 ? stdout.trim() : undefined;
	} catch (error) {
		if (isSastaError(error, 'COMMAND_NOT_FOUND')) return undefined;
		throw error;
	}
}

/** Builds beside the final place and renames: a half-made environment is never used, and two installers do not collide. */
async function install(host: InstallHost, python: string, folder: string): Promise<void> {
	host.emit({type: 'log', level: 'info', message: `Installing SecantusDB ${SECANTUSDB_VERSION} (once, 145 MB)…`});
	await mkdir(cacheFolder(host), {recursive: true});
	const partial = await mkdtemp(`${folder}.partial-`);
	try {
		const requirements = packageFile('templates', 'local', 'secantusdb-requirements.txt');
		await step(host, [python, '-m', 'venv', partial]);
		await step(host, [
			join(partial, 'bin', 'python'),
			...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'],
			...['--require-hashes', '--only-binary=:all:', '--requirement', requirements],
		]);
		await writeFile(join(partial, EMPTY_CONFIG), '');
		await rename(partial, folder).catch((error: unknown) => {
			// Another installer was faster; its environment is as good.
			if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error;
		});
	} finally {
		await rm(partial, {recursive: true, force: true});
	}
}

async function step(host: InstallHost, argv: readonly string[]): Promise<void> {
	const result = await runProcess(host, {argv, timeoutMs: 600_000});
	if (result.exitCode !== 0) {
		throw new SastaError('INSTALL_FAILED', `Could not install SecantusDB ${SECANTUSDB_VERSION}`, {
			exitCode: EXIT.outside,
			details: lastLines(result),
			hint: 'Install a mongod instead, or try again with the network up',
		});
	}
}

function lastLines({stderr, stdout}: ProcessResult): readonly string[] {
	return (stderr.trim() || stdout.trim()).split('\n').slice(-8);
}
