import {headerOf, type WebAnswer} from '../../ports/web/exchange.js';

/** What an answer says of a limit. */
export type Announced = {
	/** The most requests of a window; undefined where none is told. */
	readonly limit: number | undefined;
	/** Of that window, where it is told. */
	readonly windowSeconds: number | undefined;
	/** Names of headers that are there. */
	readonly names: readonly string[];
	/** Headers whose value cannot be read, each with why. */
	readonly problems: readonly string[];
};

const NUMBERS = [
	'x-ratelimit-limit',
	'x-ratelimit-remaining',
	'ratelimit-limit',
	'ratelimit-remaining',
	'ratelimit-reset',
] as const;

/**
 * Reads the three dialects: `x-ratelimit-*`, `ratelimit-*` of the drafts up to 07, and `ratelimit` with
 * `ratelimit-policy` of draft-ietf-httpapi-ratelimit-headers-10, which are structured fields.
 */
export function readRateLimit(answer: Pick<WebAnswer, 'headers'>): Announced {
	const value = (name: string) => headerOf(answer, name)?.trim();
	const present = [...NUMBERS, 'ratelimit', 'ratelimit-policy', 'retry-after'].filter(
		(name) => value(name) !== undefined,
	);
	const problems = NUMBERS.filter((name) => {
		const text = value(name);
		// Drafts before 03 let policies stand behind the number: `100, 100;w=60`.
		return text !== undefined && !/^\d+(?:\.\d+)?(?:\s*[,;].*)?$/.test(text);
	}).map((name) => `${name} is no number`);
	const policy = value('ratelimit-policy');
	const quota = /(?:^|;|\s)q=(\d+)/.exec(policy ?? '')?.[1] ?? /^(\d+)\s*;/.exec(policy ?? '')?.[1];
	if (policy !== undefined && quota === undefined) problems.push('ratelimit-policy has no quota');
	const retryAfter = value('retry-after');
	if (retryAfter !== undefined && !isRetryAfter(retryAfter)) problems.push('retry-after is neither seconds nor a date');
	const limit = quota ?? /^\d+/.exec(value('ratelimit-limit') ?? value('x-ratelimit-limit') ?? '')?.[0];
	const windowSeconds = /(?:^|;|\s)w=(\d+)/.exec(policy ?? '')?.[1];
	return {
		limit: limit === undefined ? undefined : Number(limit),
		windowSeconds: windowSeconds === undefined ? undefined : Number(windowSeconds),
		names: present,
		problems,
	};
}

/** RFC 9110, 10.2.3: whole seconds, or a date. */
export function isRetryAfter(text: string): boolean {
	return (
		/^\d+$/.test(text.trim()) ||
		/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(text.trim())
	);
}
