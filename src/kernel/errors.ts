import {EXIT, type ExitCode} from './exit-codes.js';

export type SastaErrorOptions = {
	/** The next action, best as a command to type. */
	readonly hint?: string;
	readonly cause?: unknown;
	/** @default EXIT.refused: a precondition does not hold and nothing was changed */
	readonly exitCode?: ExitCode;
	/** Further lines, one fact each (a list of dirty files, of problems in the configuration). */
	readonly details?: readonly string[];
};

/** Everything a user can cause or meet. A plain `Error` means a bug. */
export class SastaError extends Error {
	override readonly name = 'SastaError';
	/** Upper snake, stable: scripts and tests match it, not the wording. */
	readonly code: string;
	readonly hint: string | undefined;
	readonly exitCode: ExitCode;
	readonly details: readonly string[];

	constructor(code: string, message: string, options: SastaErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : {cause: options.cause});
		this.code = code;
		this.hint = options.hint;
		this.exitCode = options.exitCode ?? EXIT.refused;
		this.details = options.details ?? [];
	}
}

/** True when `error` is a SastaError, of the given code if one is given. */
export function isSastaError(error: unknown, code?: string): error is SastaError {
	return error instanceof SastaError && (code === undefined || error.code === code);
}

/** The `code` of a Node, driver or HTTP error; undefined where there is none. */
export function errorCode(error: unknown): string | number | undefined {
	if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
	const {code} = error;
	return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}

/**
 * What to throw when work was cut by an abort: the reason the signal was given, where Node or a library would only say
 * `AbortError`. Any other error comes back as it is.
 */
export function asInterruption(error: unknown, signal: AbortSignal): unknown {
	const isAbort = error instanceof Error && (error.name === 'AbortError' || errorCode(error) === 'ABORT_ERR');
	return signal.aborted && isAbort ? signal.reason : error;
}

/**
 * An error of the MongoDB driver as one that a user can act on; any other comes back as it is. It is told by its name,
 * since the driver is loaded only where it is used.
 */
export function asOutsideError(error: unknown): unknown {
	if (!(error instanceof Error) || !error.name.startsWith('Mongo')) return error;
	const {message} = error;
	return /Network|Selection|Pool|Closed|NotConnected|Topology/.test(error.name)
		? new SastaError('DATABASE_UNREACHABLE', `The database does not answer: ${message}`, {
				exitCode: EXIT.outside,
				cause: error,
				hint: 'Check that it runs and that this machine may connect',
			})
		: new SastaError('DATABASE_FAILED', `The database refused: ${message}`, {
				exitCode: EXIT.outside,
				cause: error,
				hint: 'Look at what it says, and at its log',
			});
}

export function errorMessage(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
