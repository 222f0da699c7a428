import type {Octokit} from '@octokit/rest';
import type {Endpoints, RequestParameters} from '@octokit/types';
import {SastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {GitHubTerms} from './github.js';
import {githubError, isAmbiguous, type Refusal, rateLimited, rateLimitWaitMs, readRefusal} from './github-errors.js';
import {keepFresh} from './github-fresh.js';

export type GitHubHost = Pick<
	Host,
	'sleep' | 'signal' | 'randomHex' | 'monotonicMs' | 'emit' | 'fault' | 'addSecret' | 'redact'
>;

type Route = keyof Endpoints;
type Parameters<R extends Route> = Omit<Endpoints[R]['parameters'], 'owner' | 'repo'> & RequestParameters;

/** Sends requests for one repository, waits where GitHub says so, and repeats only what can be repeated. */
export type GitHubApi = {
	/** For what may be sent twice: reads, and changes that set a state. */
	repeatable<R extends Route>(route: R, parameters: Parameters<R>): Promise<Endpoints[R]['response']>;
	/** For what creates: sent again only after a rate limit, which is a refusal. @throws Unanswered */
	once<R extends Route>(route: R, parameters: Parameters<R>): Promise<Endpoints[R]['response']>;
	/** Every page of a list. */
	pages<R extends Route>(route: R, parameters: Parameters<R>): Promise<ItemOf<Endpoints[R]['response']['data']>[]>;
	/**
	 * Runs `create` until GitHub has what it makes: `look` is asked first, unless `isAbsent` says that somebody has just
	 * looked, and again after every lost answer.
	 */
	findOrCreate<T>(steps: {
		look: () => Promise<T | undefined>;
		create: () => Promise<T>;
		isAbsent?: boolean;
	}): Promise<T>;
};

type ItemOf<T> = T extends readonly (infer I)[] ? I : never;

/** Nobody can tell whether GitHub has done what was asked. Never leaves the port. */
export class Unanswered extends Error {
	readonly known: SastaError;
	constructor(known: SastaError) {
		super(known.message, {cause: known});
		this.known = known;
	}
}

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 1000;
const TIMEOUT_MS = 30_000;
/** What an upload may take besides, at a bare 100 kB/s. */
const UPLOAD_MS_PER_BYTE = 0.01;
const GITHUB_COM = 'https://api.github.com';
/** github.com asks for a second between writes; an own server has no such limit by default. */
const WRITE_INTERVAL_MS = 1000;

export function openGitHubApi(
	{token, repository, baseUrl = GITHUB_COM, maxWaitMs = 600_000, freshMs = 0}: GitHubTerms,
	host: GitHubHost,
): GitHubApi {
	host.addSecret(token);
	const [owner = '', repo = ''] = repository.split('/');
	let client: Promise<Octokit> | undefined;
	let waitLeftMs = maxWaitMs;
	let lastWriteMs = Number.NEGATIVE_INFINITY;
	const fresh = keepFresh(freshMs, host);

	const send = async (route: Route, parameters: RequestParameters) => {
		client ??= openClient(token, baseUrl.replace(/\/+$/, ''));
		const octokit = await client;
		const isRead = route.startsWith('GET ');
		if (!isRead && baseUrl === GITHUB_COM) {
			const pauseMs = lastWriteMs + WRITE_INTERVAL_MS - host.monotonicMs();
			if (pauseMs > 0) await host.sleep(pauseMs, host.signal);
			lastWriteMs = host.monotonicMs();
		}
		host.signal.throwIfAborted();
		const size = parameters['data'] instanceof Uint8Array ? parameters['data'].byteLength : 0;
		const timeout = AbortSignal.timeout(TIMEOUT_MS + Math.ceil(size * UPLOAD_MS_PER_BYTE));
		// A change on its way is not cut by Ctrl-C: that would only hide its outcome.
		const signal = isRead ? AbortSignal.any([timeout, host.signal]) : timeout;
		return octokit.request(route, {owner, repo, ...parameters, request: {signal}} as never);
	};

	/** Sends until answered, waiting out rate limits; `mayRepeat` also after failures that say nothing of the outcome. */
	const ask = async (route: Route, parameters: RequestParameters, mayRepeat: boolean): Promise<unknown> => {
		for (let attempt = 1; ; attempt++) {
			try {
				return await send(route, parameters);
			} catch (error) {
				host.signal.throwIfAborted();
				const refusal = readRefusal(error);
				if (refusal === undefined) throw error;
				const waitMs = rateLimitWaitMs(refusal);
				if (waitMs !== undefined) {
					if (waitMs > waitLeftMs) throw rateLimited(waitMs, route, error);
					waitLeftMs -= waitMs;
					await waitAloud(host, waitMs, 'GitHub’s rate limit');
				} else if (!isAmbiguous(refusal)) throw new Refused(refusal, githubError(refusal, route, error));
				else if (!mayRepeat || attempt >= ATTEMPTS) throw new Unanswered(githubError(refusal, route, error));
				else await host.sleep(backoffMs(attempt, host), host.signal);
			}
		}
	};

	return {
		repeatable: async (route, parameters) => {
			try {
				return (await fresh.answer(route, parameters, () => ask(route, parameters, true))) as never;
			} catch (error) {
				throw error instanceof Unanswered ? error.known : error;
			}
		},
		once: async (route, parameters) =>
			(await fresh.answer(route, parameters, () => ask(route, parameters, false))) as never,
		async pages(route, parameters) {
			const items: unknown[] = [];
			for (let page = 1; ; page++) {
				const answer = await this.repeatable(route, {...parameters, per_page: 100, page});
				items.push(...(answer.data as unknown[]));
				if (!String(answer.headers.link ?? '').includes('rel="next"')) return items as never;
			}
		},
		async findOrCreate({look, create, isAbsent = false}) {
			for (let attempt = 1; ; attempt++) {
				const found = isAbsent && attempt === 1 ? undefined : await look();
				if (found !== undefined) return found;
				try {
					return await create();
				} catch (error) {
					if (!(error instanceof Unanswered)) throw error;
					if (attempt >= ATTEMPTS) throw error.known;
					host.emit({type: 'log', level: 'debug', message: `${error.message}: looking whether it is there`});
					await host.sleep(backoffMs(attempt, host), host.signal);
				}
			}
		},
	};
}

/** GitHub has answered no: nothing was changed. */
export class Refused extends SastaError {
	readonly refusal: Refusal;
	constructor(refusal: Refusal, known: SastaError) {
		super(known.code, known.message, {
			exitCode: known.exitCode,
			details: known.details,
			cause: known.cause,
			...(known.hint === undefined ? {} : {hint: known.hint}),
		});
		this.refusal = refusal;
	}
}

async function openClient(token: string, baseUrl: string): Promise<Octokit> {
	const {Octokit: Client} = await import('@octokit/rest');
	const silent = () => undefined;
	return new Client({
		auth: token,
		baseUrl,
		userAgent: 'sastaops',
		log: {debug: silent, info: silent, warn: silent, error: silent},
	});
}

async function waitAloud(host: GitHubHost, waitMs: number, why: string): Promise<void> {
	host.emit({type: 'log', level: 'info', message: `Waiting ${Math.ceil(waitMs / 1000)} s for ${why}`});
	await host.sleep(waitMs, host.signal);
}

function backoffMs(attempt: number, host: Pick<Host, 'randomHex'>): number {
	const jitter = 1 + Number.parseInt(host.randomHex(1), 16) / 1024;
	return FIRST_DELAY_MS * 2 ** (attempt - 1) * jitter;
}
