import {headerOf, type WebAnswer} from '../../ports/web/exchange.js';
import {type AuditContext, targetOf} from '../context.js';
import {parseJsonBody} from './parse-json.js';

/** What is asked of the shop's API. */
export type ApiRequest = {
	/** @default 'GET' */
	readonly method?: string;
	/** Below the API's base, such as `/orders`. */
	readonly path: string;
	/** Sent as JSON. */
	readonly json?: unknown;
	/** Sent as it is, as JSON too, where `json` could not say it. */
	readonly body?: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** Of a session; they go nowhere else. */
	readonly credentials?: Readonly<Record<string, string>>;
	/** The body holds a secret: nothing is sent over TLS that does not hold. @default false */
	readonly isSecret?: boolean;
	/** Takes a 429 for the answer it is. @default false */
	readonly expects429?: boolean;
	/** Takes a firewall's page for an answer. @default false */
	readonly expectsBlock?: boolean;
};

/** Asks the API once; the audit's own, or another's who watches a deployment. @throws NoAnswer */
export type AskApi = (request: ApiRequest) => Promise<WebAnswer>;

/** The API of the target. */
export function apiOf(context: AuditContext): AskApi {
	const {api} = targetOf(context);
	return ({path, json, body = json === undefined ? undefined : JSON.stringify(json), headers, isSecret, ...rest}) =>
		context.site.send({
			...rest,
			url: api + path,
			...(body === undefined ? {} : {body}),
			headers: {
				accept: 'application/json',
				...(body === undefined ? {} : {'content-type': 'application/json'}),
				...headers,
			},
			...(isSecret === true ? {requiresTrust: true} : {}),
		});
}

/** What an API without such a route answers: the same question at an address that cannot be there. One request a method. */
export function controlOf(context: AuditContext, method: 'GET' | 'POST'): Promise<WebAnswer> {
	return context.shared(`control ${method}`, () =>
		apiOf(context)({
			method,
			path: `/sastaops-${context.host.randomHex(8)}`,
			...(method === 'POST' ? {json: {}} : {}),
			expects429: true,
		}),
	);
}

/** The JSON of a body; undefined where it is none. */
export function jsonOf({body}: Pick<WebAnswer, 'body'>): unknown {
	return parseJsonBody(body);
}

/** A field at a path of a JSON body, such as `order.id`. */
export function fieldOf(value: unknown, ...path: readonly (string | number)[]): unknown {
	return path.reduce<unknown>(
		(at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined),
		value,
	);
}

/** The first of some fields that is a text, or a number written as one. */
export function textOf(value: unknown, ...names: readonly string[]): string | undefined {
	for (const name of names) {
		const found = fieldOf(value, name);
		if (typeof found === 'string' && found !== '') return found;
		if (typeof found === 'number') return String(found);
	}
	return undefined;
}

/** A list as shops send one: bare, or under one of some names. */
export function listOf(value: unknown, ...names: readonly string[]): readonly unknown[] | undefined {
	if (Array.isArray(value)) return value;
	for (const name of [...names, 'data', 'items', 'results']) {
		const found = fieldOf(value, name);
		if (Array.isArray(found)) return found;
	}
	return undefined;
}

/** `application/json` of a content-type. */
export function mediaTypeOf(answer: Pick<WebAnswer, 'headers'>): string {
	return (headerOf(answer, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Whether a JSON body is about a thing of this id, at its top or one step below. */
export function holdsId(value: unknown, id: string): boolean {
	const names = ['id', '_id', 'orderId'];
	if (textOf(value, ...names) === id) return true;
	return ['order', 'data'].some((name) => textOf(fieldOf(value, name), ...names) === id);
}
