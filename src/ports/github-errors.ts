import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';

/** What a refused request tells; the client's own error type stays behind this file. */
export type Refusal = {
	/** Undefined when no answer came. */
	readonly status: number | undefined;
	readonly headers: Readonly<Record<string, string | number | undefined>>;
	readonly message: string;
	/** `errors` of a 422: `{resource, code, field}`. */
	readonly errors: readonly {readonly code?: string; readonly field?: string; readonly message?: string}[];
};

/** The longest GitHub asks to wait where it does not say how long. */
const UNTOLD_WAIT_MS = 60_000;

/** Undefined for an error that is neither GitHub's nor the network's: a bug. */
export function readRefusal(error: unknown): Refusal | undefined {
	// The client gives every failed request a status, also one without an answer.
	if (typeof property(error, 'status') !== 'number') return undefined;
	const response = property(error, 'response');
	const data = property(response, 'data');
	const errors = property(data, 'errors');
	const status = property(response, 'status');
	const message = property(data, 'message') ?? (error instanceof Error ? error.message : error);
	return {
		status: typeof status === 'number' ? status : undefined,
		headers: (property(response, 'headers') as Refusal['headers'] | undefined) ?? {},
		message: String(message),
		errors: Array.isArray(errors) ? errors.map((item) => (typeof item === 'string' ? {message: item} : item)) : [],
	};
}

/** True when it cannot be known whether GitHub has done what was asked: no answer, or an answer of a broken server. */
export function isAmbiguous({status}: Refusal): boolean {
	return status === undefined || status >= 500;
}

export function hasErrorCode({status, errors}: Refusal, code: string): boolean {
	return status === 422 && errors.some((error) => error.code === code);
}

/** How long GitHub wants us to wait before asking again; undefined when it is no rate limit that refused us. */
export function rateLimitWaitMs({status, headers, message}: Refusal): number | undefined {
	if (status !== 429 && status !== 403) return undefined;
	const retryAfter = Number(headers['retry-after']);
	if (headers['retry-after'] !== undefined && Number.isFinite(retryAfter)) return retryAfter * 1000;
	if (headers['x-ratelimit-remaining'] === '0' && headers['x-ratelimit-reset'] !== undefined) {
		// By GitHub's own clock where it tells it: ours may be off.
		const nowMs = Date.parse(String(headers['date']));
		const waitMs = Number(headers['x-ratelimit-reset']) * 1000 - nowMs;
		return Number.isFinite(waitMs) ? Math.max(waitMs, 1000) : UNTOLD_WAIT_MS;
	}
	return status === 429 || /rate limit/i.test(message) ? UNTOLD_WAIT_MS : undefined;
}

/** The error a user can act on. */
export function githubError(refusal: Refusal, what: string, cause: unknown): SastaError {
	const {status, message, errors, headers} = refusal;
	const problem = (code: string, text: string, hint?: string) =>
		new SastaError(code, `GitHub: ${text} (${what})`, {
			exitCode: EXIT.outside,
			cause,
			details: errors.map((error) => error.message ?? [error.field, error.code].filter(Boolean).join(': ')),
			...(hint === undefined ? {} : {hint}),
		});
	const permissions = headers['x-accepted-github-permissions'];
	switch (status) {
		case undefined:
			return problem('GITHUB_UNREACHABLE', message, 'Check the network and release.forge.baseUrl; then try again');
		case 401:
			return problem('GITHUB_AUTH', 'the token is not accepted', 'Set a valid GITHUB_TOKEN; it may have expired');
		case 403:
			return problem('GITHUB_FORBIDDEN', message, permissionHint(permissions));
		case 404:
			return problem(
				'GITHUB_NOT_FOUND',
				'there is no such thing, or the token may not see it',
				`Check release.forge.repository. ${permissionHint(permissions)}`,
			);
		case 409:
			return problem('GITHUB_CONFLICT', message);
		case 422:
			return /immutable/i.test(message + JSON.stringify(errors))
				? problem('GITHUB_IMMUTABLE', message, 'A published immutable release stays as it is: release another version')
				: problem('GITHUB_REFUSED', message);
		default:
			return status >= 500
				? problem('GITHUB_FAILED', `it answered ${status}`, 'See githubstatus.com; then try again')
				: problem('GITHUB_REFUSED', `${status} ${message}`);
	}
}

export function rateLimited(waitMs: number, what: string, cause: unknown): SastaError {
	return new SastaError('GITHUB_RATE_LIMITED', `GitHub wants us to wait ${Math.ceil(waitMs / 1000)} s (${what})`, {
		exitCode: EXIT.outside,
		cause,
		hint: 'Try again later; what is done is kept',
	});
}

function permissionHint(permissions: string | number | undefined): string {
	return permissions === undefined
		? 'The token needs "contents: write" and "deployments: write"'
		: `The token needs ${String(permissions).replaceAll('=', ': ').replaceAll(';', ' or ')}`;
}

function property(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
