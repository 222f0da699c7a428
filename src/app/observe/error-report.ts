import {errorCode} from '../../kernel/errors.js';
import {fingerprintOf} from './fingerprint.js';
import {scrubText} from './scrub.js';

/** Where an error happened: ids only, nothing that a client sent. */
export type ErrorContext = {
	/** The route's template. */
	readonly route: string | undefined;
	readonly requestId?: string;
	readonly traceId?: string;
	readonly spanId?: string;
	readonly userId?: string;
};

/** Errors of one cause, without secrets. */
export type ErrorReport = {
	readonly fingerprint: string;
	readonly name: string;
	readonly code: string | undefined;
	readonly message: string;
	readonly stack: string;
	/** The last one's. */
	readonly context: ErrorContext;
	readonly count: number;
	readonly firstMs: number;
	readonly lastMs: number;
};

export function makeReport(
	error: unknown,
	context: ErrorContext,
	{nowMs, redact}: {readonly nowMs: number; readonly redact: (text: string) => string},
): ErrorReport {
	const code = errorCode(error);
	return {
		fingerprint: fingerprintOf(error, context.route),
		name: error instanceof Error ? error.name : typeof error,
		code: code === undefined ? undefined : String(code),
		message: scrubText(error instanceof Error ? error.message : String(error), redact),
		stack: scrubText(error instanceof Error ? (error.stack ?? '') : '', redact),
		context,
		count: 1,
		firstMs: nowMs,
		lastMs: nowMs,
	};
}

/** One more of the same cause. */
export function addReport(known: ErrorReport, more: ErrorReport): ErrorReport {
	const last = more.lastMs >= known.lastMs ? more : known;
	return {
		...last,
		count: known.count + more.count,
		firstMs: Math.min(known.firstMs, more.firstMs),
	};
}
