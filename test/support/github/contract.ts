import {readFileSync} from 'node:fs';
import {Ajv, type ValidateFunction} from 'ajv';
import formats from 'ajv-formats';

type Json = {readonly [key: string]: unknown};

export type Exchange = {
	readonly method: string;
	/** Without the base address and without the query. */
	readonly path: string;
	readonly query: URLSearchParams;
	readonly contentType: string | undefined;
	/** Parsed JSON; undefined where there was none. */
	readonly body: unknown;
	readonly status: number;
	readonly reply: unknown;
};

export type Contract = {
	/** The description's path for a request: `/repos/{owner}/{repo}/releases/{release_id}`; undefined for none of it. */
	match(
		method: string,
		path: string,
	): {readonly route: string; readonly parameters: Readonly<Record<string, string>>} | undefined;
	/** Everything in the exchange that GitHub's description does not allow. */
	check(exchange: Exchange): string[];
};

/** GitHub's OpenAPI description, read once, as a judge of requests and replies. */
export function openContract(): Contract {
	const text = readFileSync(new URL('../data/github-openapi-slice.json', import.meta.url), 'utf8');
	const document = toJsonSchema(JSON.parse(text)) as Json;
	allowStarterAssets(document);
	const ajv = new Ajv({strict: false, allErrors: true, logger: false});
	formats.default(ajv);
	ajv.addSchema(document, 'github');
	const paths = document['paths'] as Record<string, Record<string, Json>>;
	const routes = Object.keys(paths).map((route) => ({route, ...compileRoute(route)}));
	const compiled = new Map<string, ValidateFunction>();

	const errorsOf = (pointer: string, value: unknown): string[] => {
		let validate = compiled.get(pointer);
		if (!validate) {
			validate = ajv.compile({$ref: `github#${pointer}`});
			compiled.set(pointer, validate);
		}
		if (validate(value)) return [];
		return (validate.errors ?? []).map(({instancePath, message}) => `${instancePath || 'it'} ${message}`);
	};
	const resolve = (value: Json | undefined): Json | undefined => {
		const ref = value?.['$ref'];
		if (typeof ref !== 'string') return value;
		return ref
			.slice(2)
			.split('/')
			.reduce<Json>((at, part) => at[part] as Json, document);
	};

	const match: Contract['match'] = (method, path) => {
		for (const {route, pattern} of routes) {
			const groups = pattern.exec(path)?.groups;
			if (groups && paths[route]?.[method.toLowerCase()]) return {route, parameters: {...groups}};
		}
		return undefined;
	};
	return {
		match,
		check(exchange) {
			const {method, path} = exchange;
			const found = match(method, path);
			if (!found) return [`${method} ${path}: GitHub has no such route`];
			const operation = paths[found.route]?.[method.toLowerCase()] ?? {};
			const pointer = `/paths/${escapePointer(found.route)}/${method.toLowerCase()}`;
			return [
				...checkQuery(exchange, operation, resolve),
				...checkBody(exchange, operation, (value) =>
					errorsOf(`${pointer}/requestBody/content/application~1json/schema`, value),
				),
				...checkReply(exchange, operation, resolve, errorsOf, pointer),
			].map((problem) => `${method} ${path} (${exchange.status}): ${problem}`);
		},
	};
}

function compileRoute(route: string): {pattern: RegExp} {
	// A tag or ref may hold slashes; it comes last.
	const source = route.replace(
		/\{(\w+)\}/g,
		(_all, name: string) => `(?<${name}>${name === 'ref' || name === 'tag' ? '.+' : '[^/]+'})`,
	);
	return {pattern: new RegExp(`^${source}$`)};
}

function checkQuery({query}: Exchange, operation: Json, resolve: (value: Json) => Json | undefined): string[] {
	const known = new Map(
		((operation['parameters'] ?? []) as Json[]).map((parameter) => {
			const resolved = resolve(parameter) ?? {};
			return [`${resolved['in']}:${resolved['name']}`, resolved] as const;
		}),
	);
	const problems: string[] = [];
	for (const [name, value] of query) {
		const parameter = known.get(`query:${name}`);
		const type = (parameter?.['schema'] as Json | undefined)?.['type'];
		if (!parameter) problems.push(`unknown query parameter ${name}`);
		else if (type === 'integer' && !/^\d+$/.test(value))
			problems.push(`query parameter ${name} is no integer: ${value}`);
	}
	if (Number(query.get('per_page') ?? 0) > 100) problems.push('per_page is over 100');
	for (const [key, {name, required}] of known) {
		if (key.startsWith('query:') && required === true && !query.has(String(name)))
			problems.push(`query parameter ${name} is missing`);
	}
	return problems;
}

function checkBody({body, contentType}: Exchange, operation: Json, validate: (value: unknown) => string[]): string[] {
	const content = (operation['requestBody'] as Json | undefined)?.['content'] as Json | undefined;
	const schema = (content?.['application/json'] as Json | undefined)?.['schema'] as Json | undefined;
	if (!schema) return body === undefined ? [] : ['a JSON body where there is none'];
	if (!contentType?.startsWith('application/json')) return [`content type ${contentType}`];
	const known = Object.keys((schema['properties'] ?? {}) as Json);
	const unknown = Object.keys((body ?? {}) as Json).filter((name) => !known.includes(name));
	return [...unknown.map((name) => `unknown property ${name}`), ...validate(body).map((error) => `body: ${error}`)];
}

function checkReply(
	{status, reply}: Exchange,
	operation: Json,
	resolve: (value: Json | undefined) => Json | undefined,
	errorsOf: (pointer: string, value: unknown) => string[],
	pointer: string,
): string[] {
	const responses = operation['responses'] as Record<string, Json>;
	const response = responses[String(status)];
	if (!response) return status >= 400 ? [] : ['GitHub does not answer so'];
	const ref = response['$ref'];
	const at = typeof ref === 'string' ? ref.slice(1) : `${pointer}/responses/${status}`;
	const hasSchema = (resolve(response)?.['content'] as Json | undefined)?.['application/json'] !== undefined;
	if (!hasSchema) return reply === undefined || status >= 400 ? [] : ['a reply with a body where there is none'];
	return errorsOf(`${at}/content/application~1json/schema`, reply).map((error) => `reply: ${error}`);
}

/** OpenAPI's `nullable` as JSON Schema says it. */
function toJsonSchema(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(toJsonSchema);
	if (typeof value !== 'object' || value === null) return value;
	const {nullable, ...rest} = value as Json;
	const converted = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, toJsonSchema(item)]));
	return nullable === true ? {anyOf: [{type: 'null'}, converted]} : converted;
}

/** The text of the description says that a failed upload leaves a `starter`; its schema forgets it. */
function allowStarterAssets(document: Json): void {
	const schemas = (document['components'] as Json)['schemas'] as Record<
		string,
		{properties: Record<string, {enum?: string[]}>}
	>;
	schemas['release-asset']?.properties['state']?.enum?.push('starter');
}

function escapePointer(text: string): string {
	return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}
