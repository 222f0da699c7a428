import * as z from 'zod';
import {errorCode, errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';

/** Why the API server did not do what it was asked: its refusal, or the network's. */
export type Failure = {
	/** Undefined where no answer came. */
	readonly status: number | undefined;
	/** What the server says, or the network. */
	readonly words: string;
	/** As the server names it: NotFound, Conflict, Invalid… */
	readonly reason: string | undefined;
	/** The resource is unknown, rather than the object. */
	readonly isUnknownResource: boolean;
	readonly retryAfterMs: number | undefined;
};

/** A failure that has been met for good. Never leaves the port. */
export class RequestFailed extends Error {
	readonly failure: Failure;
	constructor(failure: Failure, cause: unknown) {
		super(failure.words, {cause});
		this.failure = failure;
	}
}

const answered = z.object({
	code: z.number().int().min(300).max(599),
	body: z.unknown(),
	headers: z.record(z.string(), z.string()),
});
const status = z.object({
	kind: z.literal('Status'),
	message: z.string().optional(),
	reason: z.string().optional(),
	details: z.object({name: z.string().optional(), kind: z.string().optional()}).optional(),
});

/** Of an error that the client has thrown; undefined where it is a bug, not a failure. */
export function readFailure(error: unknown): Failure | undefined {
	if (error instanceof RequestFailed) return error.failure;
	const {data: refusal} = answered.safeParse(error);
	if (refusal !== undefined) {
		const {data: told} = status.safeParse(parseBody(refusal.body));
		const seconds = Number(refusal.headers['retry-after'] ?? Number.NaN);
		return {
			status: refusal.code,
			words: (told?.message ?? (refusal.code === 401 ? 'Unauthorized' : `status ${refusal.code}`)).slice(0, 500),
			reason: told?.reason,
			isUnknownResource: refusal.code === 404 && told?.details?.name === undefined,
			retryAfterMs: Number.isNaN(seconds) ? undefined : seconds * 1000,
		};
	}
	if (!(error instanceof Error) || (error instanceof TypeError && errorCode(error) === undefined)) return undefined;
	return {
		status: undefined,
		words: errorMessage(error).slice(0, 500),
		reason: undefined,
		isUnknownResource: false,
		retryAfterMs: undefined,
	};
}

/** The client parses what it expects, and hands on the text of a refusal. */
function parseBody(body: unknown): unknown {
	if (typeof body !== 'string') return body;
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}

/** Whether the same request may well succeed a moment later. */
export function isPassing({status: code}: Failure): boolean {
	return code === undefined || code === 408 || code === 410 || code === 429 || code >= 500;
}

/** Whether nobody can tell if a change was made. */
export function isAmbiguous({status: code}: Failure): boolean {
	return code === undefined || code === 408 || code >= 500;
}

export type Asked = {
	/** For people: the API server. */
	readonly where: string;
	/** For people: `httproutes/shop in namespace shop`. */
	readonly what: string;
	readonly verb: 'get' | 'patch';
};

/** A failure as an error that a user can act on. */
export function kubernetesError(failure: Failure, {where, what, verb}: Asked, cause: unknown): SastaError {
	const stays = verb === 'patch' ? ['It stays as it was'] : [];
	const outside = {exitCode: EXIT.outside, cause} as const;
	const {status: code, words} = failure;
	if (code === 401) {
		return new SastaError('SPLITTER_REFUSED', `Kubernetes ${where} does not know who we are: ${words}`, {
			...outside,
			details: stays,
			hint: 'Renew the credentials of the kubeconfig; try: kubectl auth whoami',
		});
	}
	if (code === 403) {
		return new SastaError('SPLITTER_REFUSED', `Kubernetes ${where} does not allow to ${verb} ${what}`, {
			...outside,
			details: [words, ...stays],
			hint: 'Grant get and patch on it, as the Role of templates/canary/kubernetes/watchdog.yaml does',
		});
	}
	if (code === 404) {
		const hint = failure.isUnknownResource
			? 'Install its CRDs (Gateway API v1, or Argo Rollouts), or name another context in canary.splitter'
			: 'Give the name and the namespace in canary.splitter as kubectl knows them';
		const message = failure.isUnknownResource
			? `Kubernetes ${where} knows no ${what.split('/')[0]}: ${words}`
			: `Kubernetes ${where} has no ${what}`;
		return new SastaError('SPLITTER_UNKNOWN', message, {...outside, hint});
	}
	if (code === undefined || code >= 500 || code === 429 || code === 410 || code === 408) {
		const said = code === undefined ? `cannot be asked: ${words}` : `answers ${code}: ${words}`;
		return new SastaError('SPLITTER_UNREACHABLE', `Kubernetes ${where} ${said}`, {
			...outside,
			details: verb === 'patch' ? ['Whether the change was made is not known'] : [],
			hint: 'Try: kubectl version. The traffic is divided as it was last set; the watchdog takes it to 0 % when the lease ends',
		});
	}
	return new SastaError('SPLITTER_REFUSED', `Kubernetes ${where} does not take the change of ${what}: ${words}`, {
		...outside,
		details: stays,
		hint: 'Look at what it says: an admission policy, or another version of the resource',
	});
}
