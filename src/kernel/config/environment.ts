import type {Host} from '../host.js';

/** Where a value came from; `config show --origin` prints it. */
export type Origin = {readonly path: string; readonly from: string};

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
 * Lets the environment override; `MONGODB_URI` only fills what is empty, and `database: none` stays so. A section that is
 * no map is left as it is, for the schema to refuse: it must not vanish under a variable.
 */
export function applyEnvironment(value: object, env: Host['env']): {value: object; origins: Origin[]} {
	const result = structuredClone(value) as Record<string, unknown>;
	const origins: Origin[] = [];
	for (const {name, path} of ENVIRONMENT) {
		const setting = env[name];
		const section = setting ? sectionOf(result, path.slice(0, -1)) : undefined;
		const key = path.at(-1) ?? '';
		if (!setting || !section || (name === 'MONGODB_URI' && section[key] !== undefined)) continue;
		section[key] = setting;
		origins.push({path: path.join('.'), from: name});
	}
	return {value: result, origins};
}

/** The map at a path, made where there is none; undefined where something else stands. */
function sectionOf(root: Record<string, unknown>, path: readonly string[]): Record<string, unknown> | undefined {
	let section = root;
	for (const key of path) {
		section[key] ??= {};
		const next = section[key];
		if (typeof next !== 'object' || next === null || Array.isArray(next)) return undefined;
		section = next as Record<string, unknown>;
	}
	return section;
}
