import {makeCheck} from '../../check.js';
import {productPage} from '../../facts/products.js';
import {type Announced, readRateLimit} from '../../facts/rate-limit-headers.js';
import type {Finding} from '../../verdict.js';

export const ratelimitHeaders = makeCheck<Announced>({
	id: 'ratelimit.headers',
	group: 'ratelimit',
	title: 'A limit that is told is told so that clients can read it',
	severity: 'low',
	effect: 'passive',
	maxRequests: 1,
	sends: ['GET /products (shared)'],
	why: 'A client that can read the limit keeps it; one that cannot tries again at once.',
	fix: 'send RateLimit: "default";r=50;t=30 and RateLimit-Policy: "default";q=100;w=60, or the older ratelimit-limit, -remaining and -reset as numbers',
	references: ['draft-ietf-httpapi-ratelimit-headers-10', 'RFC 9110, 10.2.3'],
	gather: async (context) => readRateLimit(await productPage(context)),
	judge: judgeHeaders,
});

export function judgeHeaders({names, problems}: Announced): readonly Finding[] {
	if (names.length === 0)
		return [{verdict: 'skip', reason: 'no limit is told by headers; --active tries whether there is one'}];
	if (problems.length > 0)
		return problems.map((reason) => ({verdict: 'warn', subject: reason.split(' ')[0] ?? '', reason}));
	return [{verdict: 'pass', reason: 'the limit can be read', evidence: [names.join(', ')]}];
}
