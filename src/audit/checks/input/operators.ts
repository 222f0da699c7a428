import {makeCheck} from '../../check.js';
import {apiOf, controlOf} from '../../facts/api.js';
import {type Attempt, attemptOf, judgeRefusals} from '../../facts/refusals.js';
import {readSession} from '../../facts/session.js';
import {NO_LOG_IN, wrongLogIn} from '../../facts/wrong-log-in.js';
import type {Finding} from '../../verdict.js';

type Missing = {readonly why: string};

export type OperatorFacts = {
	readonly logIns: readonly Attempt[];
	/** GET /products?category[$ne]=…: only breaking tells, since a shop may ignore what it does not know. */
	readonly query: {readonly status: number; readonly plainStatus: number} | undefined;
};

const LOG_INS: readonly (readonly [name: string, body: object])[] = [
	['$ne', {email: {$ne: null}, password: {$ne: null}}],
	['$gt', {email: {$gt: ''}, password: {$gt: ''}}],
	['$regex', {email: {$regex: '.*'}, password: {$regex: '.*'}}],
	['$where', {email: {$where: 'return true'}, password: 'x'}],
];

export const inputOperators = makeCheck<OperatorFacts | Missing>({
	id: 'input.operators',
	group: 'input',
	title: 'Operators of the database in a request are refused',
	severity: 'critical',
	effect: 'active',
	maxRequests: 8,
	sends: [
		'1 wrong log-in (shared) and 4 with operators in the place of address and password: {"email": {"$ne": null}, …}',
		'GET /products with category[$ne] in the query',
	],
	why: 'A filter made of what came lets {"$ne": null} fit every customer, and logs in as the first.',
	fix: 'let the schema of each route take only strings where strings belong, and write filters with {$eq: value}',
	references: ['CWE-943', 'OWASP ASVS 5.0, 1.2.4'],
	async gather(context) {
		const ask = apiOf(context);
		const known = await wrongLogIn(context);
		const control = await controlOf(context, 'POST');
		const logIns = known.isThere
			? await Promise.all(
					LOG_INS.map(async ([name, json]) => {
						const answer = await ask({method: 'POST', path: '/sessions', json, expects429: true});
						const attempt = attemptOf(name, answer, control);
						// Only who was let in has got through: a shop may say yes and mean no.
						return attempt.reach === 'accepted' && readSession(answer) === undefined
							? {...attempt, reach: 'excused' as const}
							: attempt;
					}),
				)
			: [];
		const plain = await context.site.page(`${context.target?.api ?? ''}/products`);
		const isShop = plain.status === 200;
		const asked = isShop ? await ask({path: '/products?category[$ne]=none', expects429: true}) : undefined;
		if (logIns.length === 0 && asked === undefined) return {why: NO_LOG_IN};
		return {logIns, query: asked === undefined ? undefined : {status: asked.status, plainStatus: plain.status}};
	},
	judge: judgeOperators,
});

export function judgeOperators(facts: OperatorFacts | Missing): readonly Finding[] {
	if ('why' in facts) return [{verdict: 'skip', reason: facts.why}];
	const {logIns, query} = facts;
	const findings =
		logIns.length === 0
			? []
			: judgeRefusals(logIns, {
					subject: 'log-in with',
					accepted: 'lets somebody in',
					refused: 'each is refused',
					absent: NO_LOG_IN,
				});
	const broken: readonly Finding[] =
		query?.status === 500
			? [
					{
						verdict: 'fail',
						severity: 'high',
						subject: 'GET /products',
						reason: 'an operator in the query breaks the shop: 500',
						evidence: ['category[$ne]: 500'],
					},
				]
			: [];
	const telling = [...findings.filter(({verdict}) => verdict !== 'pass'), ...broken];
	if (telling.length > 0) return telling;
	return findings.length > 0 ? findings : [{verdict: 'pass', reason: 'an operator in the query changes nothing'}];
}
