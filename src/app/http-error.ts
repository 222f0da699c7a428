/** An answer that is not a success, thrown by whoever finds out; `plugins/errors.ts` sends it. */
export class HttpError extends Error {
	override readonly name = 'HttpError';
	readonly statusCode: number;
	/** Upper snake, stable: clients match it, not the wording. */
	readonly code: string;
	/** Seconds until trying again makes sense. */
	readonly retryAfterSeconds: number | undefined;

	constructor(statusCode: number, code: string, message: string, retryAfterSeconds?: number) {
		super(message);
		this.statusCode = statusCode;
		this.code = code;
		this.retryAfterSeconds = retryAfterSeconds;
	}
}
