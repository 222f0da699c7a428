import {createReadStream} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable, type Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {execa} from 'execa';
import {errorCode, errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {passwordOf} from '../kernel/redact.js';
import {CHILD_ENV, runProcess} from './process.js';

type ToolHost = Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs' | 'addSecret' | 'redact' | 'emit'>;

export type DumpRequest = {
	/** Program and arguments in front of ours: `['mongodump']`. */
	readonly argv: readonly string[];
	readonly uri: string;
	readonly database: string;
	readonly excludeCollections: readonly string[];
	readonly excludePrefixes: readonly string[];
	readonly timeoutMs: number;
};

export type RestoreRequest = {
	readonly argv: readonly string[];
	readonly uri: string;
	/** The gzipped archive. */
	readonly archive: string;
	readonly fromDatabase: string;
	readonly toDatabase: string;
	/** In front of every collection's name. */
	readonly toPrefix: string;
	readonly excludeCollections: readonly string[];
	readonly timeoutMs: number;
};

/** What mongorestore says at the end. */
export type RestoreCount = {readonly restored: number; readonly failed: number};

/** A running mongodump: its archive stream, and its end. Whoever reads must await `finished` too. */
export type Dump = {
	readonly stream: Readable;
	/** Rejects with MONGODUMP_FAILED unless it exited 0. */
	readonly finished: Promise<void>;
	/** Ends it: TERM, then KILL ten seconds later. */
	stop(): void;
};

const KILL_AFTER_MS = 10_000;
/** Lines of a tool's log kept for an error. */
const LOG_LINES = 12;

/** True when the program answers `--version`. */
export async function hasTool(host: ToolHost, argv: readonly string[]): Promise<boolean> {
	return (await toolVersion(host, argv)) !== undefined;
}

/** The first line of what the program says of its version: `mongodump version: 100.3.1`; undefined where it cannot be run. */
export async function toolVersion(host: ToolHost, argv: readonly string[]): Promise<string | undefined> {
	try {
		const {exitCode, stdout, stderr} = await runProcess(host, {argv: [...argv, '--version'], timeoutMs: 30_000});
		return exitCode === 0 ? ((stdout.trim() || stderr.trim()).split('\n')[0]?.trim() ?? '') : undefined;
	} catch (error) {
		if (error instanceof SastaError && error.code === 'COMMAND_NOT_FOUND') return undefined;
		throw error;
	}
}

/**
 * Starts mongodump; its gzipped archive comes over a pipe, so that it dies with us. The address, password included, is
 * in a file of mode 0600 that is removed as soon as the tool has read it.
 */
export async function startMongodump(host: ToolHost, request: DumpRequest): Promise<Dump> {
	const secret = await writeSecretConfig(host, request.uri);
	const child = spawn(host, request, [
		`--config=${secret.path}`,
		`--db=${request.database}`,
		...request.excludeCollections.map((name) => `--excludeCollection=${name}`),
		...request.excludePrefixes.map((prefix) => `--excludeCollectionsWithPrefix=${prefix}`),
		'--archive',
		'--gzip',
	]);
	child.stdin?.end();
	const stream = child.stdout ?? Readable.from([]);
	stream.once('data', () => void secret.remove());
	const log = collectLog(host, child.stderr);
	return {
		stream,
		finished: settle(host, child, 'mongodump', log).finally(secret.remove),
		stop: () => void child.kill('SIGTERM'),
	};
}

/**
 * Restores an archive into another database with mongorestore.
 * @throws SastaError MONGORESTORE_FAILED when it does not exit 0 or does not say how many documents it restored
 */
export async function runMongorestore(host: ToolHost, request: RestoreRequest): Promise<RestoreCount> {
	const secret = await writeSecretConfig(host, request.uri);
	try {
		const child = spawn(host, request, [
			`--config=${secret.path}`,
			'--archive',
			'--gzip',
			'--stopOnError',
			'--maintainInsertionOrder',
			'--bypassDocumentValidation',
			`--nsInclude=${request.fromDatabase}.*`,
			...request.excludeCollections.map((name) => `--nsExclude=${request.fromDatabase}.${name}`),
			`--nsFrom=${request.fromDatabase}.$name$`,
			`--nsTo=${request.toDatabase}.${request.toPrefix}$name$`,
		]);
		const log = collectLog(host, child.stderr);
		child.stdout?.resume();
		await Promise.all([settle(host, child, 'mongorestore', log), feed(request.archive, child.stdin)]);
		return readCount(log());
	} finally {
		await secret.remove();
	}
}

function spawn(host: ToolHost, {argv, timeoutMs}: {argv: readonly string[]; timeoutMs: number}, args: string[]) {
	const [program, ...prefix] = argv;
	if (program === undefined) throw new Error('mongo tool: empty argv');
	return execa(program, [...prefix, ...args], {
		cwd: host.cwd,
		env: {...host.env, ...CHILD_ENV},
		extendEnv: false,
		reject: false,
		buffer: false,
		encoding: 'buffer',
		timeout: timeoutMs,
		forceKillAfterDelay: KILL_AFTER_MS,
		cancelSignal: host.signal,
	});
}

/** Waits for the child's end and turns a bad one into an error with the last lines of its log. */
async function settle(
	host: ToolHost,
	child: ReturnType<typeof spawn>,
	tool: 'mongodump' | 'mongorestore',
	log: () => readonly string[],
): Promise<void> {
	const result = await child;
	if (result.isCanceled) throw host.signal.reason;
	if (result.code === 'ENOENT' || result.code === 'EACCES') {
		throw new SastaError('COMMAND_NOT_FOUND', `Cannot run ${tool}: ${result.code}`, {
			exitCode: EXIT.usage,
			hint: `Install the MongoDB Database Tools, name them in backup.${tool}, or set backup.engine: builtin`,
		});
	}
	if (result.exitCode === 0) return;
	const end = result.timedOut
		? 'did not end in time and was stopped'
		: (result.signal ?? `exited with ${result.exitCode}`);
	throw new SastaError(`${tool.toUpperCase()}_FAILED`, `${tool} failed: ${end}`, {
		exitCode: EXIT.outside,
		details: log(),
		...(result.timedOut ? {hint: 'Raise backup.timeout, or find out what it waits for'} : {}),
	});
}

/** Keeps the last lines the tool logged, secrets masked. */
function collectLog(host: ToolHost, stderr: Readable | null): () => readonly string[] {
	const lines: string[] = [];
	let rest = '';
	stderr?.on('data', (chunk: Buffer) => {
		const parts = (rest + chunk.toString('utf8')).split(/\r?\n/);
		rest = (parts.pop() ?? '').slice(-4096);
		lines.push(...parts.filter((line) => line.trim() !== '').map(host.redact));
		lines.splice(0, lines.length - LOG_LINES);
	});
	return () => (rest.trim() === '' ? lines : [...lines, host.redact(rest)]);
}

function readCount(log: readonly string[]): RestoreCount {
	for (const line of log) {
		const [, restored, failed] =
			/(\d+) document\(s\) restored successfully\. (\d+) document\(s\) failed/.exec(line) ?? [];
		if (restored !== undefined && failed !== undefined) return {restored: Number(restored), failed: Number(failed)};
	}
	throw new SastaError('MONGORESTORE_FAILED', 'mongorestore did not say how many documents it restored', {
		exitCode: EXIT.outside,
		details: log,
	});
}

/** A child that dies early closes its end: its exit tells more than the broken pipe. */
async function feed(archive: string, stdin: Writable | null): Promise<void> {
	if (stdin === null) return;
	try {
		await pipeline(createReadStream(archive), stdin);
	} catch (error) {
		const code = errorCode(error);
		if (code !== 'EPIPE' && code !== 'ECONNRESET' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
	}
}

/** Writes the address where only we can read it. JSON is YAML, which the tools expect. */
async function writeSecretConfig(host: ToolHost, uri: string): Promise<{path: string; remove: () => Promise<void>}> {
	const password = passwordOf(uri);
	if (password !== undefined) host.addSecret(password);
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-'));
	const path = join(folder, 'tool.yaml');
	await writeFile(path, JSON.stringify({uri: uriWithoutDatabase(uri)}), {mode: 0o600, flag: 'wx'});
	return {
		path,
		remove: async () => {
			try {
				await rm(folder, {recursive: true, force: true});
			} catch (error) {
				host.emit({type: 'log', level: 'warn', message: `Cannot remove ${folder}: ${errorMessage(error)}`});
			}
		},
	};
}

/**
 * Takes the database out of a connection string, as the tools refuse one that differs from `--db`; where it decided who
 * authenticates, `authSource` says so instead.
 */
export function uriWithoutDatabase(uri: string): string {
	const [, head = uri, database = '', query = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?([^?]*)\??(.*)$/.exec(uri) ?? [];
	const isAuthSourceNamed = /(?:^|&)authSource=/i.test(query);
	const hasUser = head.includes('@');
	const parts = [query, database !== '' && hasUser && !isAuthSourceNamed ? `authSource=${database}` : ''];
	const options = parts.filter((part) => part !== '').join('&');
	return `${head}/${options === '' ? '' : `?${options}`}`;
}
