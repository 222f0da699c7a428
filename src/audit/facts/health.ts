import {headersNamed, type WebAnswer} from '../../ports/web/exchange.js';
import {type AuditContext, targetOf} from '../context.js';
import {parseJsonBody} from './parse-json.js';

/** What an address of the health contract answered. */
export type HealthAnswer = {
	readonly path: string;
	readonly status: number;
	/** Undefined where the body is no JSON object. */
	readonly body: Readonly<Record<string, unknown>> | undefined;
	readonly cacheControl: readonly string[];
	/** The fastest of up to three. */
	readonly firstByteMs: number;
};

/** As the shop contract has it, `Answer … within a second or so`; facts of the audit ask for half of it. */
export const SLOW_MS = 500;

export async function askHealth(context: AuditContext, path: '/health' | '/health/db'): Promise<HealthAnswer> {
	const url = `${targetOf(context).api}${path}`;
	const answer = await context.site.page(url);
	let {firstByteMs} = answer;
	// A first answer may be slow for reasons of its own; only what stays slow is slow.
	for (let more = 0; more < 2 && firstByteMs > SLOW_MS; more++)
		firstByteMs = Math.min(firstByteMs, (await context.site.send({url})).firstByteMs);
	return {
		path: new URL(url).pathname,
		status: answer.status,
		body: objectOf(answer),
		cacheControl: headersNamed(answer, 'cache-control'),
		firstByteMs,
	};
}

function objectOf({body}: WebAnswer): HealthAnswer['body'] {
	const value = parseJsonBody(body);
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Record<string, unknown>)
		: undefined;
}

/** Whether the configuration says that there is a shop behind the domain: without a file it is a guess. */
export function isShopDeclared({loaded}: AuditContext): boolean {
	return loaded.file !== undefined;
}

const MAX_VALUES = 2000;
const MAX_DEPTH = 12;

/** Where a body tells of hosts, addresses or versions inside; what the contract asks for is none. */
export function leaksOf(body: Readonly<Record<string, unknown>>, ownHost: string): readonly string[] {
	const leaks: string[] = [];
	let count = 0;
	const walk = (value: unknown, path: readonly string[]) => {
		if (++count > MAX_VALUES || path.length > MAX_DEPTH) return;
		if (typeof value === 'string') {
			const what = leakOf(value, path, ownHost);
			if (what !== undefined) leaks.push(`${path.join('.').slice(0, 100)} tells ${what}`);
		} else if (typeof value === 'object' && value !== null) {
			for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
		}
	};
	walk(body, []);
	return leaks;
}

const VERSION_OF =
	/^(?:node(?:js)?|mongo(?:db|d)?|postgres(?:ql)?|mysql|redis|driver|runtime|platform|os|express|fastify|php|python|java|nginx|server|kernel)_?-?(?:version)?$/i;
const INSIDE =
	/(?:^|[^\w.-])(?:[\w-]{1,63}\.){1,8}(?:internal|local|lan|svc|localdomain|mongodb\.net|rds\.amazonaws\.com|cache\.amazonaws\.com)(?:$|[^\w-])/i;

function leakOf(text: string, path: readonly string[], ownHost: string): string | undefined {
	const value = text.slice(0, 4096);
	const key = path.at(-1) ?? '';
	if (/\b(?:mongodb(?:\+srv)?|postgres(?:ql)?|mysql|rediss?|amqps?):\/\//i.test(value))
		return 'where a service inside is';
	if (/(?:^|[^\d.])\d{1,3}(?:\.\d{1,3}){3}(?:$|[^\d.])/.test(value) && !/version$/i.test(key)) return 'an address';
	if (INSIDE.test(value)) return 'a host inside';
	if (/^(?:host|hostname|hosts|uri|connectionstring)$/i.test(key) && value !== '' && value !== ownHost) return 'a host';
	if (/(?:^|\s)(?:\/home\/|\/root\/|\/var\/|\/usr\/|\/app\/|[A-Z]:\\)/.test(value)) return 'a path of the machine';
	if (/\bat .{1,200}:\d{1,6}:\d{1,6}\)?/.test(value)) return 'a stack trace';
	const isVersion = /^v?\d{1,4}\.\d/.test(value);
	// The shop's own version stands at the top, by the contract.
	const isOfPart =
		VERSION_OF.test(key) ||
		(key.toLowerCase() === 'version' && path.length > 1) ||
		path.slice(0, -1).some((name) => /^versions$/i.test(name));
	return isVersion && isOfPart ? 'a version of the software' : undefined;
}
