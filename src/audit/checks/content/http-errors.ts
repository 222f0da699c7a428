import {NoAnswer} from '../../../ports/web/dial.js';
import type {WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {leaksIn} from '../../facts/leaks-in.js';
import {UNKNOWN_REQUESTS, unknownPaths} from '../../facts/unknown-path.js';
import type {Finding} from '../../verdict.js';

/** What came for something that is wrong. */
export type ErrorFacts = readonly {
	/** In words that stay the same from run to run. */
	readonly what: string;
	readonly answer: Pick<WebAnswer, 'status' | 'body'> | NoAnswer;
}[];

export const httpErrors = makeCheck<ErrorFacts>({
	id: 'http.errors',
	group: 'content',
	title: 'Errors tell nothing of the inside',
	severity: 'high',
	effect: 'passive',
	maxRequests: UNKNOWN_REQUESTS + 5,
	sends: [
		'GET of two random paths, of /%, of an unknown path and of an over-long id below the API',
		'with --active: a POST of broken JSON and one of a wrong type to the log-in',
	],
	why: 'Stack traces, database errors and paths tell an attacker what to try next.',
	fix: 'answer unknown errors with a fixed text and a request id, and log the rest; in Fastify: setErrorHandler',
	references: ['CWE-209', 'OWASP ASVS 5.0, 16.5.1'],
	async gather(context) {
		const {file, folder} = await unknownPaths(context);
		return [
			{what: 'a random file', answer: file},
			{what: 'a random folder', answer: folder},
			...(await Promise.all(wrongRequests(context).map(({what, ...request}) => provoke(what, request, context)))),
		];
	},
	judge: judgeErrors,
});

type Wrong = {
	readonly what: string;
	readonly url: string;
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
};

function wrongRequests(context: AuditContext): Wrong[] {
	const {api, origin} = targetOf(context);
	const {active, staging} = context.permissions;
	const post = (what: string, type: string, body: string): Wrong => ({
		what,
		url: `${api}/auth/login`,
		method: 'POST',
		headers: {'content-type': type},
		body,
	});
	return [
		{what: '/%', url: `${origin}/%`},
		{what: 'an unknown path of the API', url: `${api}/${context.host.randomHex(8)}`},
		{what: 'an over-long id', url: `${api}/products/${'a'.repeat(500)}`},
		...(active || staging
			? [
					post('a POST of broken JSON', 'application/json', '{"email":'),
					post('a POST of a wrong type', 'application/x-sastaops', 'email'),
				]
			: []),
	];
}

async function provoke(what: string, request: Omit<Wrong, 'what'>, {site}: AuditContext): Promise<ErrorFacts[number]> {
	try {
		return {what, answer: await site.send({...request, maxBytes: 65_536, expectsBlock: true})};
	} catch (error) {
		if (error instanceof NoAnswer && error.why !== 'interrupted') return {what, answer: error};
		throw error;
	}
}

export function judgeErrors(facts: ErrorFacts): readonly Finding[] {
	const findings: Finding[] = [];
	const silent: string[] = [];
	for (const {what, answer} of facts) {
		if (answer instanceof NoAnswer) {
			// What is no address may be answered by hanging up.
			if (answer.why !== 'reset') silent.push(`${what}: ${answer.message}`);
			continue;
		}
		const leaks = leaksIn(answer);
		if (leaks.length > 0)
			findings.push({
				verdict: 'fail',
				subject: what,
				reason: `the answer to ${what} shows ${leaks.join(', ')}`,
				evidence: [`${answer.status}`],
			});
		else if (answer.status === 500)
			findings.push({
				verdict: 'warn',
				severity: 'low',
				subject: what,
				reason: `${what} is answered by 500, where it should be 4xx`,
			});
		else if (answer.status > 501) silent.push(`${what}: ${answer.status}`);
	}
	if (silent.length > 0)
		findings.push({verdict: 'inconclusive', reason: 'not all of it was answered', evidence: silent});
	return findings.length > 0 ? findings : [{verdict: 'pass', reason: `nothing in ${facts.length} answers`}];
}
