import {headerOf, type WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {redirectOf} from '../../facts/hops.js';
import type {Finding} from '../../verdict.js';

/** What lies open at a path; undefined for nothing of the kind. */
export type DocsFacts = readonly {readonly path: string; readonly what: string | undefined}[];

const GRAPHQL_QUERY = '?query=%7B__schema%7BqueryType%7Bname%7D%7D%7D';

export const contentDocs = makeCheck<DocsFacts>({
	id: 'content.docs',
	group: 'content',
	title: 'The description of the API is not open in production',
	severity: 'low',
	effect: 'passive',
	maxRequests: 12,
	sends: [
		'GET of /docs, /documentation, /openapi.json and their like, at the root and below the API',
		'a GraphQL introspection by GET',
	],
	why: 'It lists every route and field, those included that nobody was meant to try.',
	fix: 'register the documentation only outside production, or behind a log-in',
	references: ['OWASP API9:2023', 'OWASP ASVS 5.0, 13.4.5'],
	async gather(context) {
		return Promise.all(
			pathsOf(context).map(async (path) => ({path: path.split('?')[0] ?? path, what: await openAt(path, context)})),
		);
	},
	judge: judgeDocs,
});

function pathsOf(context: AuditContext): string[] {
	const {api, origin} = targetOf(context);
	const below = api.startsWith(`${origin}/`) ? [new URL(api).pathname] : [];
	const all = [
		...['/docs', '/documentation', '/documentation/json', '/api-docs', '/openapi.json', '/swagger.json'],
		`/graphql${GRAPHQL_QUERY}`,
		...below.flatMap((base) => [`${base}/docs`, `${base}/openapi.json`, `${base}/graphql${GRAPHQL_QUERY}`]),
	];
	return [...new Set(all)];
}

/** A page of Swagger is often one redirect further, on the same origin. */
async function openAt(path: string, {site}: AuditContext): Promise<string | undefined> {
	const ask = (url: string | URL) => site.send({url, maxBytes: 262_144, expectsBlock: true});
	const answer = await ask(path);
	const to = redirectOf(answer);
	const isNear =
		to !== undefined &&
		to.origin === answer.url.origin &&
		to.pathname.startsWith(answer.url.pathname.split('?')[0] ?? '/');
	return whatIsOpen(isNear ? await ask(to) : answer);
}

/** By its content: many sites answer 200 and a page to everything. */
export function whatIsOpen(answer: Pick<WebAnswer, 'status' | 'headers' | 'body'>): string | undefined {
	if (answer.status !== 200) return undefined;
	const text = answer.body.toString('utf8');
	if (/json|yaml/.test(headerOf(answer, 'content-type') ?? '') || /^\s*\{/.test(text)) {
		if (/"(?:openapi|swagger)"\s*:\s*"\d/.test(text) && /"paths"\s*:/.test(text)) return 'the OpenAPI description';
		if (/"__schema"\s*:\s*\{/.test(text) && /"data"\s*:/.test(text)) return 'GraphQL introspection';
		return undefined;
	}
	if (/swagger-ui(?:-bundle|\.css)|SwaggerUIBundle\(/.test(text)) return 'Swagger UI';
	if (/<redoc\b|redoc\.standalone|Redoc\.init\(/.test(text)) return 'Redoc';
	return /id="api-reference"|@scalar\/api-reference/.test(text) ? 'an API reference' : undefined;
}

export function judgeDocs(facts: DocsFacts): readonly Finding[] {
	const open = facts.flatMap(({path, what}): Finding[] =>
		what === undefined ? [] : [{verdict: 'warn', subject: path, reason: `${what} is open at ${path}`}],
	);
	return open.length > 0 ? open : [{verdict: 'pass', reason: `nothing of the kind at ${facts.length} paths`}];
}
