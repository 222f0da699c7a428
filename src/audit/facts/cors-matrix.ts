import {headersNamed, type WebAnswer} from '../../ports/web/exchange.js';
import {type AuditContext, targetOf} from '../context.js';
import {type OriginKind, originsToTry, type TriedOrigin} from './cors-origins.js';
import {isSilence, samplePages, silenceOf, type Unjudged} from './sample-pages.js';

/** What one origin was told by one address. */
export type CorsLook = TriedOrigin & {
	readonly isPreflight: boolean;
	readonly status: number;
	/** A program's answer, or a refusal to log in: not the page that hosts of static files send for everything. */
	readonly isOfApi: boolean;
	/** `Access-Control-Allow-Origin`; undefined for none, and for several, which browsers refuse. */
	readonly allowed: string | undefined;
	readonly hasCredentials: boolean;
	readonly variesByOrigin: boolean;
};

export type CorsAddress = {
	readonly path: string;
	readonly kind: 'page' | 'public' | 'private';
	readonly looks: readonly CorsLook[];
};

export type CorsMatrix = {readonly addresses: readonly CorsAddress[]; readonly unjudged: readonly Unjudged[]};

const TELLING: ReadonlySet<OriginKind> = new Set(['own', 'declared', 'evil', 'null', 'localhost']);
const TELLING_PREFLIGHT: ReadonlySet<OriginKind> = new Set(['own', 'declared', 'evil']);
/** Addresses of one shop that answer alike are asked everything once. */
const MAX_FULL = 2;

type Question = TriedOrigin & {readonly isPreflight: boolean};

/**
 * What the start page, the API's health and its first private route tell whom. The telling origins first; the others only
 * where an address takes part in CORS at all.
 */
export async function corsMatrix(context: AuditContext): Promise<CorsMatrix> {
	const target = targetOf(context);
	const {audit} = context.loaded.config;
	const start = (await samplePages(context)).pages.find(({isHealth}) => !isHealth)?.path ?? target.path;
	const [route] = audit.privateRoutes;
	const addresses: readonly Pick<CorsAddress, 'path' | 'kind'>[] = [
		{path: start, kind: 'page'},
		{path: `${target.api}/health`, kind: 'public'},
		...(route === undefined ? [] : [{path: `${target.api}${route}`, kind: 'private' as const}]),
	];
	const origins = originsToTry(target.origin, audit.origins);
	const seen = new Set<string>();
	const done: CorsAddress[] = [];
	const unjudged: Unjudged[] = [];
	const products = {path: `${target.api}/products`, kind: 'public' as const};
	for (const {path, kind} of [...addresses, products]) {
		// The goods speak for an API that has neither a health nor a private route.
		if (path === products.path && done.some((address) => address.kind !== 'page' && address.looks.length > 0)) continue;
		const name = path.startsWith(target.origin) ? path.slice(target.origin.length) : path;
		try {
			const looks = await askFirst(context, {path, kind}, origins);
			const signature = looks.map(({allowed, hasCredentials}) => `${allowed} ${hasCredentials}`).join();
			const isNew = looks.some(takesPart) && !seen.has(signature) && seen.size < MAX_FULL;
			if (isNew) seen.add(signature);
			const rest = isNew
				? questionsOf(origins).filter((question) => !looks.some((look) => isSame(look, question)))
				: [];
			done.push({path: name, kind, looks: [...looks, ...(await askAll(context, path, rest))]});
		} catch (error) {
			if (!isSilence(error)) throw error;
			unjudged.push(silenceOf(name, error));
		}
	}
	return {addresses: done.filter(({looks}) => looks.length > 0), unjudged};
}

/** An address that is not there has nothing to protect. */
async function askFirst(
	context: AuditContext,
	{path, kind}: Pick<CorsAddress, 'path' | 'kind'>,
	origins: readonly TriedOrigin[],
): Promise<readonly CorsLook[]> {
	const telling = questionsOf(origins).filter((question) =>
		question.isPreflight ? kind !== 'page' && TELLING_PREFLIGHT.has(question.kind) : TELLING.has(question.kind),
	);
	const evil = telling.filter((question) => question.kind === 'evil' && !question.isPreflight);
	const first = await askAll(context, path, evil);
	if (first.some(({status, allowed}) => (status === 404 || status === 405) && allowed === undefined)) return [];
	const rest = telling.filter((question) => !evil.includes(question));
	return [...first, ...(await askAll(context, path, rest))];
}

function questionsOf(origins: readonly TriedOrigin[]): readonly Question[] {
	return [false, true].flatMap((isPreflight) => origins.map((origin) => ({...origin, isPreflight})));
}

function isSame(a: Question, b: Question): boolean {
	return a.origin === b.origin && a.isPreflight === b.isPreflight;
}

/** `*` is for everybody: there is nothing more to learn. */
function takesPart({allowed, variesByOrigin}: CorsLook): boolean {
	return (allowed !== undefined && allowed !== '*') || variesByOrigin;
}

function askAll(context: AuditContext, path: string, questions: readonly Question[]): Promise<readonly CorsLook[]> {
	return Promise.all(
		questions.map(async (question) => {
			const answer = await context.site.send({
				url: path,
				method: question.isPreflight ? 'OPTIONS' : 'GET',
				headers: {
					origin: question.origin,
					...(question.isPreflight
						? {
								'access-control-request-method': 'POST',
								'access-control-request-headers': 'authorization,content-type',
							}
						: {}),
				},
				maxBytes: 16_384,
			});
			return lookOf(question, answer);
		}),
	);
}

export function lookOf(question: Question, answer: Pick<WebAnswer, 'status' | 'headers'>): CorsLook {
	const values = headersNamed(answer, 'access-control-allow-origin').map((value) => value.trim());
	return {
		...question,
		status: answer.status,
		isOfApi:
			[401, 403].includes(answer.status) ||
			(answer.status !== 404 &&
				headersNamed(answer, 'content-type').some((type) => /^\s*application\/(?:[\w.-]+\+)?json\b/i.test(type))),
		allowed: values.length === 1 ? values[0] : undefined,
		hasCredentials: headersNamed(answer, 'access-control-allow-credentials').some((value) => value.trim() === 'true'),
		variesByOrigin: headersNamed(answer, 'vary')
			.flatMap((value) => value.split(','))
			.some((word) => ['origin', '*'].includes(word.trim().toLowerCase())),
	};
}
