import {readFile} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {isMap, LineCounter, parseDocument} from 'yaml';
import type {ZodError} from 'zod';
import {errorCode, errorMessage, SastaError} from '../errors.js';
import {EXIT} from '../exit-codes.js';
import type {Host} from '../host.js';
import {passwordOf} from '../redact.js';
import {nearest} from '../suggest.js';
import {expandReferences} from './references.js';
import {type Config, configSchema} from './schema.js';

/** Where a value came from; `config show --origin` prints it. */
export type Origin = {readonly path: string; readonly from: string};

export type LoadedConfig = {
	readonly config: Config;
	/** Absolute; undefined when there is no file and the defaults rule. */
	readonly file: string | undefined;
	/** Folder that relative paths in the configuration start from. */
	readonly root: string;
	/** One entry for each value that is not a default. */
	readonly origins: readonly Origin[];
};

export type Problem = {
	/** Dotted path of the value: `release.branch`. */
	readonly path: string;
	readonly message: string;
	/** From 1; undefined for a value that no file holds. */
	readonly line: number | undefined;
	readonly column: number | undefined;
};

const FILE_NAMES = ['sastaops.yaml', 'sastaops.yml', 'sastaops.json'];

/** Environment variables that stand above the file, and the value each sets. */
const ENVIRONMENT: readonly {readonly name: string; readonly path: readonly string[]}[] = [
	{name: 'SASTAOPS_SHOP_URL', path: ['shop', 'url']},
	{name: 'SASTAOPS_ENVIRONMENT', path: ['shop', 'environment']},
	{name: 'SASTAOPS_BRANCH', path: ['release', 'branch']},
	{name: 'SASTAOPS_REMOTE', path: ['release', 'remote']},
	{name: 'SASTAOPS_DATABASE_URI', path: ['database', 'uri']},
	{name: 'SASTAOPS_DATABASE_NAME', path: ['database', 'name']},
	{name: 'SASTAOPS_STATE_URI', path: ['database', 'state', 'uri']},
	{name: 'SASTAOPS_BACKUP_STORE', path: ['backup', 'store']},
	{name: 'MONGODB_URI', path: ['database', 'uri']},
];

/**
 * Reads `sastaops.yaml`, found upwards from the working folder (or named), expands `${NAME}` and `${file:path}`, lets
 * `SASTAOPS_*` variables override, and checks everything at once.
 * @throws SastaError CONFIG_NOT_FOUND, CONFIG_INVALID with every problem, its line and its column
 */
export async function loadConfig(host: Pick<Host, 'cwd' | 'env' | 'addSecret'>, named?: string): Promise<LoadedConfig> {
	const source = await findConfig(host.cwd, named ?? host.env['SASTAOPS_CONFIG']);
	const lineCounter = new LineCounter();
	const document = parseDocument(source?.text ?? '', {lineCounter, prettyErrors: false});
	const where = (offset: number | undefined) => {
		if (offset === undefined) return {line: undefined, column: undefined};
		const {line, col} = lineCounter.linePos(offset);
		return {line, column: col};
	};

	const name = source?.file ?? '(defaults)';
	if (document.errors.length > 0) {
		throw invalid(
			name,
			document.errors.map((error) => ({path: '', message: error.message.split('\n')[0] ?? '', ...where(error.pos[0])})),
		);
	}
	const raw: unknown = document.toJS() ?? {};
	if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
		throw invalid(name, [{path: '', message: 'must be a map of settings', line: 1, column: 1}]);
	}
	const root = source ? dirname(source.file) : host.cwd;
	const {value, problems, secrets} = await expandReferences(raw, host.env, root);
	for (const secret of secrets) host.addSecret(secret);

	const origins = source ? leafPaths(raw).map((path) => ({path, from: source.file})) : [];
	const overridden = applyEnvironment(value, host.env);
	const parsed = configSchema.safeParse(overridden.value);
	const offsetOf = (path: readonly PropertyKey[]): number | undefined => {
		for (let length = path.length; length > 0; length--) {
			const keys = path.slice(0, length).map(String);
			const parent = document.getIn(keys.slice(0, -1), true) ?? document.contents;
			const pair = isMap(parent) ? parent.items.find(({key}) => String(key) === keys.at(-1)) : undefined;
			const node = (pair?.key ?? document.getIn(keys, true)) as {range?: [number, number, number]} | undefined;
			if (node?.range) return node.range[0];
		}
		return undefined;
	};
	const all = [
		...problems.map(({path, message}) => ({path: path.join('.'), message, ...where(offsetOf(path))})),
		...(parsed.success ? [] : problemsOf(parsed.error))
			.filter(({path}) => !problems.some((known) => known.path.join('.') === path.join('.')))
			.map(({path, message}) => ({path: path.map(String).join('.'), message, ...where(offsetOf(path))})),
	];
	if (all.length > 0 || !parsed.success) throw invalid(name, all);

	for (const uri of urisOf(parsed.data)) {
		const password = passwordOf(uri);
		if (password) host.addSecret(password);
	}
	return {config: parsed.data, file: source?.file, root, origins: [...origins, ...overridden.origins]};
}

async function findConfig(cwd: string, named: string | undefined): Promise<{file: string; text: string} | undefined> {
	if (named !== undefined) {
		const file = resolve(cwd, named);
		const text = await readIfThere(file);
		if (text !== undefined) return {file, text};
		throw new SastaError('CONFIG_NOT_FOUND', `No configuration at ${file}`, {
			exitCode: EXIT.usage,
			hint: 'Check --config or SASTAOPS_CONFIG, or leave it out to use sastaops.yaml',
		});
	}
	for (let folder = cwd; ; folder = dirname(folder)) {
		for (const fileName of FILE_NAMES) {
			const file = join(folder, fileName);
			const text = await readIfThere(file);
			if (text !== undefined) return {file, text};
		}
		if ((await readIfThere(join(folder, '.git', 'HEAD'))) !== undefined || folder === dirname(folder)) return undefined;
	}
}

async function readIfThere(file: string): Promise<string | undefined> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		const code = errorCode(error);
		if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
		throw new SastaError('CONFIG_UNREADABLE', `Cannot read ${file}: ${errorMessage(error)}`, {
			exitCode: EXIT.usage,
			cause: error,
		});
	}
}

function applyEnvironment(value: object, env: Host['env']): {value: object; origins: Origin[]} {
	const result = structuredClone(value) as Record<string, unknown>;
	const origins: Origin[] = [];
	for (const {name, path} of ENVIRONMENT) {
		const setting = env[name];
		if (!setting || (name === 'MONGODB_URI' && hasValue(result, path))) continue;
		if (result['database'] === 'none' && path[0] === 'database') continue;
		let node = result;
		for (const key of path.slice(0, -1)) {
			if (typeof node[key] !== 'object' || node[key] === null) node[key] = {};
			node = node[key] as Record<string, unknown>;
		}
		node[path.at(-1) ?? ''] = setting;
		origins.push({path: path.join('.'), from: name});
	}
	return {value: result, origins};
}

function hasValue(value: unknown, path: readonly string[]): boolean {
	let node = value;
	for (const key of path) {
		if (typeof node !== 'object' || node === null) return false;
		node = (node as Record<string, unknown>)[key];
	}
	return node !== undefined;
}

/** One problem per wrong value: an unknown key is shown at the key, with the nearest known one. */
function problemsOf(error: ZodError): {path: readonly PropertyKey[]; message: string}[] {
	return error.issues.flatMap((issue) => {
		if (issue.code === 'unrecognized_keys') {
			return issue.keys.map((key) => ({path: [...issue.path, key], message: unknownKey(key, issue.path)}));
		}
		if (issue.code === 'invalid_union') {
			const closest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0]?.[0];
			if (closest !== undefined && closest.path.length > 0) {
				return problemsOf({
					issues: issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [],
				} as unknown as ZodError).map(({path, message}) => ({path: [...issue.path, ...path], message}));
			}
		}
		return [{path: issue.path, message: issue.message}];
	});
}

function depth(issues: readonly {path: readonly PropertyKey[]; code?: string}[]): number {
	return Math.max(0, ...issues.map(({path, code}) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));
}

function unknownKey(key: string, parent: readonly PropertyKey[]): string {
	const suggestion = nearest(key, knownKeys(parent));
	return `unknown key${suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`}`;
}

/** The keys the schema allows at a path. */
function knownKeys(path: readonly PropertyKey[]): string[] {
	let node: unknown = configSchema;
	for (const key of [...path, undefined]) {
		node = unwrap(node);
		const shape = (node as {shape?: Record<string, unknown>}).shape;
		if (key === undefined) return shape ? Object.keys(shape) : [];
		node = shape?.[String(key)];
		if (node === undefined) return [];
	}
	return [];
}

function unwrap(schema: unknown): unknown {
	const definition = (schema as {def?: {innerType?: unknown; options?: unknown[]}}).def;
	if (definition?.innerType !== undefined) return unwrap(definition.innerType);
	if (definition?.options !== undefined)
		return unwrap(definition.options.find((option) => 'shape' in (unwrap(option) as object)) ?? {});
	return schema;
}

function leafPaths(value: unknown, prefix: readonly string[] = []): string[] {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix.join('.')];
	return Object.entries(value).flatMap(([key, item]) => leafPaths(item, [...prefix, key]));
}

function urisOf(config: Config): string[] {
	if (config.database === 'none') return [];
	return [config.database.uri, config.database.state.uri].filter((uri) => uri !== undefined);
}

function invalid(file: string, problems: readonly Problem[]): SastaError {
	const details = problems.map(
		({path, message, line, column}) =>
			`${line === undefined ? file : `${file}:${line}:${column}`}  ${path === '' ? '' : `${path}: `}${message}`,
	);
	return new SastaError(
		'CONFIG_INVALID',
		`${problems.length === 1 ? 'A problem' : `${problems.length} problems`} in the configuration`,
		{
			exitCode: EXIT.usage,
			details,
			hint: 'Mend the lines above; "sastaops config show --origin" prints what is in force',
		},
	);
}
