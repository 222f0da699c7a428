import {dirname} from 'node:path';
import {isMap, LineCounter, parseDocument} from 'yaml';
import {errorMessage, SastaError} from '../errors.js';
import {EXIT} from '../exit-codes.js';
import type {Host} from '../host.js';
import {passwordOf} from '../redact.js';
import {alertSecrets, SECRET_HEADER} from './alerts.js';
import {auditSecrets} from './audit.js';
import {applyEnvironment, type Origin} from './environment.js';
import {findConfig} from './find.js';
import {expandReferences} from './references.js';
import {type Config, configSchema} from './schema.js';
import {schemaProblems} from './schema-problems.js';

export type LoadedConfig = {
	readonly config: Config;
	/** Absolute; undefined when there is no file and the defaults rule. */
	readonly file: string | undefined;
	/** Folder that relative paths in the configuration start from. */
	readonly root: string;
	/** One entry for each value that is not a default. */
	readonly origins: readonly Origin[];
};

type Problem = {
	readonly path: readonly PropertyKey[];
	readonly message: string;
};

/**
 * Reads `sastaops.yaml`, found upwards from the working folder (or named), expands `${NAME}` and `${file:path}`, lets
 * `SASTAOPS_*` variables override, and checks everything at once.
 * @throws SastaError CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_INVALID with every problem, its line and its column
 */
export async function loadConfig(host: Pick<Host, 'cwd' | 'env' | 'addSecret'>, named?: string): Promise<LoadedConfig> {
	const source = await findConfig(host.cwd, named ?? host.env['SASTAOPS_CONFIG']);
	const name = source?.file ?? '(defaults)';
	const {raw, placeOf} = readYaml(source?.text ?? '', name);
	const root = source ? dirname(source.file) : host.cwd;
	const {value, problems, secrets} = await expandReferences(raw, host.env, root);
	for (const secret of secrets) host.addSecret(secret);

	const overridden = applyEnvironment(value, host.env);
	const parsed = configSchema.safeParse(overridden.value);
	const known = new Set(problems.map(({path}) => dotted(path)));
	const all: Problem[] = [
		...problems,
		...(parsed.success ? [] : schemaProblems(parsed.error.issues)).filter(({path}) => !known.has(dotted(path))),
	];
	if (all.length > 0 || !parsed.success) {
		const variables = new Map(overridden.origins.map(({path, from}) => [path, from]));
		throw invalid(all.map(({path, message}) => detail(variables.get(dotted(path)) ?? placeOf(path), message, path)));
	}
	for (const secret of secretsIn(parsed.data)) host.addSecret(secret);
	const origins = source ? leafPaths(raw).map((path) => ({path, from: source.file})) : [];
	return {config: parsed.data, file: source?.file, root, origins: [...origins, ...overridden.origins]};
}

type Yaml = {
	readonly raw: object;
	/** `file:line:column` of the value at a path, or of the nearest around it. */
	placeOf(path: readonly PropertyKey[]): string;
};

/** @throws SastaError CONFIG_INVALID when the text is no YAML, or no map */
function readYaml(text: string, name: string): Yaml {
	const lineCounter = new LineCounter();
	const at = (offset: number) => {
		const {line, col} = lineCounter.linePos(offset);
		return `${name}:${line}:${col}`;
	};
	try {
		const document = parseDocument(text, {lineCounter, prettyErrors: false});
		if (document.errors.length > 0)
			throw invalid(document.errors.map(({message, pos}) => detail(at(pos[0]), message.split('\n')[0] ?? '')));
		const raw: unknown = document.toJS() ?? {};
		if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
			throw invalid([detail(at(0), 'must be a map of settings')]);
		// A section whose lines are all commented out is as good as not there.
		const filled = Object.fromEntries(Object.entries(raw).filter(([, section]) => section !== null));
		const placeOf = (path: readonly PropertyKey[]): string => {
			for (let length = path.length; length > 0; length--) {
				const keys = path.slice(0, length).map(String);
				const parent = document.getIn(keys.slice(0, -1), true) ?? document.contents;
				const pair = isMap(parent) ? parent.items.find(({key}) => String(key) === keys.at(-1)) : undefined;
				const node = (pair?.key ?? document.getIn(keys, true)) as {range?: [number, number, number]} | undefined;
				if (node?.range) return at(node.range[0]);
			}
			return name;
		};
		return {raw: filled, placeOf};
	} catch (error) {
		// Nested too deeply, an alias to nothing, aliases that multiply: the parser throws errors of its own for these.
		if (error instanceof SastaError) throw error;
		throw invalid([detail(name, errorMessage(error))]);
	}
}

function leafPaths(value: unknown, prefix: readonly string[] = []): string[] {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return [dotted(prefix)];
	return Object.entries(value).flatMap(([key, item]) => leafPaths(item, [...prefix, key]));
}

/** Passwords in the addresses, headers that let somebody in, what alerts are sent by and the audit signs with. */
function secretsIn({database, shop, alerts, audit}: Config): string[] {
	const uris = database === 'none' ? [] : [database.uri, database.state.uri];
	const headers = Object.entries(shop.headers).filter(([name]) => SECRET_HEADER.test(name));
	return [
		...uris.map((uri) => passwordOf(uri ?? '')),
		...headers.map(([, value]) => value),
		...alertSecrets(alerts),
		...auditSecrets(audit),
	].filter((secret) => secret !== undefined);
}

function dotted(path: readonly PropertyKey[]): string {
	return path.map(String).join('.');
}

function detail(place: string, message: string, path: readonly PropertyKey[] = []): string {
	return `${place}  ${path.length === 0 ? '' : `${dotted(path)}: `}${message}`;
}

function invalid(details: readonly string[]): SastaError {
	const what = details.length === 1 ? 'A problem' : `${details.length} problems`;
	return new SastaError('CONFIG_INVALID', `${what} in the configuration`, {
		exitCode: EXIT.usage,
		details,
		hint: 'Mend the lines above; "sastaops config show --origin" prints what is in force',
	});
}
