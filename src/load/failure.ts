/** Why an operation failed, by what the driver throws; `unfinished` had no answer when the load had ended. */
export const FAILURES = [
	'wait-queue-timeout',
	'server-selection',
	'network-timeout',
	'network',
	'overloaded',
	'not-primary',
	'time-limit',
	'write-conflict',
	'duplicate-key',
	'unauthorised',
	'unexpected',
	'other',
	'unfinished',
] as const;

export type Failure = (typeof FAILURES)[number];

const BY_CODE: Readonly<Record<number, Failure>> = {
	50: 'time-limit',
	112: 'write-conflict',
	11000: 'duplicate-key',
	13: 'unauthorised',
	18: 'unauthorised',
	91: 'not-primary',
	189: 'not-primary',
	10107: 'not-primary',
	11600: 'not-primary',
	11602: 'not-primary',
	13435: 'not-primary',
	13436: 'not-primary',
	// IngressOperationRateLimitExceeded
	462: 'overloaded',
	463: 'overloaded',
};

/** @param error as the driver threw it */
export function failureOf(error: unknown): Failure {
	const {
		name = '',
		code,
		errorLabelSet,
		errorLabels,
	} = (error ?? {}) as {
		name?: string;
		code?: unknown;
		errorLabelSet?: Iterable<string>;
		errorLabels?: readonly string[];
	};
	const labels = [...(errorLabelSet ?? errorLabels ?? [])];
	if (labels.includes('SystemOverloadedError')) return 'overloaded';
	const byCode = typeof code === 'number' ? BY_CODE[code] : undefined;
	if (byCode !== undefined) return byCode;
	switch (name) {
		case 'MongoWaitQueueTimeoutError':
			return 'wait-queue-timeout';
		case 'MongoServerSelectionError':
			return 'server-selection';
		case 'MongoNetworkTimeoutError':
		case 'MongoOperationTimeoutError':
			return 'network-timeout';
		case 'MongoNetworkError':
		case 'MongoPoolClearedError':
		case 'MongoPoolClosedError':
			return 'network';
		case 'UnexpectedAnswer':
			return 'unexpected';
		default:
			return 'other';
	}
}

/** What an operation throws that was answered, but not with what had to be there. */
export class UnexpectedAnswer extends Error {
	override readonly name = 'UnexpectedAnswer';
}
