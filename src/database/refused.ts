import {errorCode, errorMessage} from '../kernel/errors.js';

/** Unauthorized: the user may not. */
const UNAUTHORIZED = 13;

/** AuthenticationFailed: there is no such user, or it is another password. */
const AUTHENTICATION_FAILED = 18;

/**
 * CommandNotFound, CommandNotSupported, CommandNotSupportedOnView, and Atlas's own: this server, or this tier of it, has
 * no answer to the question.
 */
const UNSUPPORTED = new Set<string | number>([59, 115, 166, 8000]);

/** Atlas refuses by words as well (facts: free and shared tier limitations). */
const ATLAS_WORDS = /not allowed in this atlas tier|CMD_NOT_ALLOWED|see the Atlas documentation/i;

/** The user may not ask this. */
export function isUnauthorized(error: unknown): boolean {
	const code = errorCode(error);
	return code === UNAUTHORIZED || code === AUTHENTICATION_FAILED;
}

/** Atlas says no to a question that other servers answer. */
export function isAtlasRefusal(error: unknown): boolean {
	return errorCode(error) === 8000 || ATLAS_WORDS.test(errorMessage(error));
}

/**
 * Why a question stays without an answer although nothing is wrong: the user may not ask it, or this server does not know
 * it. Undefined for every other error.
 */
export function whyUnavailable(error: unknown): string | undefined {
	if (isAtlasRefusal(error)) return 'this tier of Atlas does not tell';
	if (isUnauthorized(error)) return 'this user may not ask';
	const code = errorCode(error);
	return code !== undefined && UNSUPPORTED.has(code) ? 'this server does not know the question' : undefined;
}

/** The answer of `ask`, or undefined with the reason where the server does not give one. @throws every other error */
export async function askIfAllowed<T>(
	ask: () => Promise<T>,
): Promise<{readonly value: T} | {readonly unavailable: string}> {
	try {
		return {value: await ask()};
	} catch (error) {
		const unavailable = whyUnavailable(error);
		if (unavailable === undefined) throw error;
		return {unavailable};
	}
}
