import {headerOf} from '../../../ports/web/exchange.js';
import {whoBlocks} from '../../blocked.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {apiOf} from '../../facts/api.js';
import {isRetryAfter, readRateLimit} from '../../facts/rate-limit-headers.js';
import {NO_LOG_IN, nobody, wrongLogIn} from '../../facts/wrong-log-in.js';
import type {Finding} from '../../verdict.js';

export type LimitFacts = {
	readonly tries: number;
	/** What ended the tries. */
	readonly end: 'limited' | 'locked' | 'blocked' | 'failed' | 'all';
	readonly retryAfter: string | undefined;
	/** The limit that the answers tell, if any. */
	readonly announced: number | undefined;
	/** Status with another X-Forwarded-For after the 429, and without it again after that. */
	readonly forwarded: number | undefined;
	readonly afterwards: number | undefined;
};

type Missing = {readonly why: string};

const MOST_TRIES = 30;

export const ratelimitEnforced = makeCheck<LimitFacts | Missing>({
	id: 'ratelimit.enforced',
	group: 'ratelimit',
	title: 'Log-ins are limited, and no header gets around it',
	severity: 'high',
	effect: 'active',
	maxRequests: MOST_TRIES + 4,
	sends: [
		`at most ${MOST_TRIES} wrong log-ins of an account that cannot be there, up to the first 429`,
		'then one with another X-Forwarded-For, and one without',
	],
	why: 'Without a limit passwords are guessed by the thousand, and a limit by a header that the client writes is none.',
	fix: 'limit log-ins to about 10 a minute and client, answer 429 with Retry-After, and take the client’s address from the proxies you trust only',
	references: ['OWASP API Security 2023, API2 and API4', 'RFC 6585, 4', 'CWE-307'],
	runsLast: true,
	gather: gatherTries,
	judge: judgeEnforced,
});

async function gatherTries(context: AuditContext): Promise<LimitFacts | Missing> {
	const known = await wrongLogIn(context);
	if (!known.isThere) return {why: NO_LOG_IN};
	const email = nobody(context);
	const attempt = (headers: Readonly<Record<string, string>> = {}) =>
		apiOf(context)({
			method: 'POST',
			path: '/sessions',
			json: {email, password: 'wrong-one-of-the-audit'},
			headers,
			expects429: true,
			expectsBlock: true,
		});
	let announced: number | undefined;
	for (let tries = 1; tries <= MOST_TRIES; tries++) {
		const answer = await attempt();
		announced ??= readRateLimit(answer).limit;
		const about = {tries, announced, forwarded: undefined, afterwards: undefined, retryAfter: undefined};
		if (answer.status === 429) {
			const forwarded = await attempt({
				'x-forwarded-for': `203.0.113.${Number.parseInt(context.host.randomHex(1), 16)}`,
			});
			const {status} = forwarded.status === 429 ? forwarded : await attempt();
			return {
				...about,
				end: 'limited',
				retryAfter: headerOf(answer, 'retry-after'),
				forwarded: forwarded.status,
				afterwards: status,
			};
		}
		if (whoBlocks(answer) !== undefined) return {...about, end: 'blocked'};
		if (answer.status >= 500) return {...about, end: 'failed'};
		if (answer.status !== known.answer.status && (answer.status === 403 || answer.status === 423))
			return {...about, end: 'locked'};
		// A limit that is told, and lies beyond what we send, is not tried.
		if (announced !== undefined && announced > MOST_TRIES) return {...about, end: 'all'};
	}
	return {tries: MOST_TRIES, end: 'all', announced, forwarded: undefined, afterwards: undefined, retryAfter: undefined};
}

export function judgeEnforced(facts: LimitFacts | Missing): readonly Finding[] {
	if ('why' in facts) return [{verdict: 'skip', reason: facts.why}];
	const {tries, end, retryAfter, announced, forwarded, afterwards} = facts;
	const evidence = [`${tries} log-ins`];
	switch (end) {
		case 'failed':
			return [{verdict: 'inconclusive', reason: 'the shop failed before a limit was met', evidence}];
		case 'blocked':
			return [{verdict: 'pass', reason: 'a firewall steps in', evidence}];
		case 'locked':
			return [{verdict: 'pass', reason: 'the account is locked', evidence}];
		case 'all':
			return announced !== undefined && announced > MOST_TRIES
				? [
						{
							verdict: 'skip',
							reason: 'a limit is told that lies beyond what is tried',
							evidence: [`limit ${announced}`],
						},
					]
				: [
						{
							verdict: 'fail',
							subject: 'log-in',
							reason: `${MOST_TRIES} wrong log-ins in a row are not limited`,
							evidence,
						},
					];
		case 'limited':
			return judgeLimited({retryAfter, forwarded, afterwards, evidence});
		default:
			return end satisfies never;
	}
}

function judgeLimited({
	retryAfter,
	forwarded,
	afterwards,
	evidence,
}: Pick<LimitFacts, 'retryAfter' | 'forwarded' | 'afterwards'> & {
	readonly evidence: readonly string[];
}): readonly Finding[] {
	const findings: Finding[] = [];
	if (forwarded !== undefined && forwarded !== 429 && forwarded < 500) {
		// Where the window has ended by then, both are let through.
		findings.push(
			afterwards === 429
				? {
						verdict: 'fail',
						subject: 'X-Forwarded-For',
						reason: 'the limit is gone with another X-Forwarded-For',
						evidence,
						fix: 'take the client’s address only from the proxies you trust: they append it, so it is the last one that is not theirs',
					}
				: {
						verdict: 'inconclusive',
						subject: 'X-Forwarded-For',
						reason: 'the limit ended before it was tried',
						evidence,
					},
		);
	}
	if (retryAfter === undefined || !isRetryAfter(retryAfter))
		findings.push({
			verdict: 'warn',
			severity: 'low',
			subject: 'Retry-After',
			reason: retryAfter === undefined ? '429 comes without Retry-After' : 'Retry-After is neither seconds nor a date',
			fix: 'send Retry-After with the seconds until the window ends',
			evidence,
		});
	return findings.length > 0
		? findings
		: [{verdict: 'pass', reason: 'log-ins are limited, whatever the headers say', evidence}];
}
