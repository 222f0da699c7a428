import type {WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {apiOf, controlOf, jsonOf} from '../../facts/api.js';
import {holdsData, type Reach, reachOf, saysNo} from '../../facts/reach.js';
import type {Finding} from '../../verdict.js';

export type Visit = {
	readonly route: string;
	readonly as: 'nobody' | 'a made-up token' | 'an empty token';
	readonly status: number;
	/** `open`: something of somebody's was given. */
	readonly outcome: 'open' | 'closed' | 'absent' | 'broken' | 'away';
};

const VISITORS: readonly (readonly [as: Visit['as'], headers: Readonly<Record<string, string>>])[] = [
	['nobody', {}],
	['a made-up token', {authorization: 'Bearer x'}],
	['an empty token', {authorization: 'Bearer '}],
];

export const authRequired = makeCheck<readonly Visit[]>({
	id: 'auth.required',
	group: 'auth',
	title: 'Private routes ask for a log-in',
	severity: 'critical',
	effect: 'passive',
	maxRequests: 7,
	sends: ['GET of each of audit.privateRoutes without a token, with "Bearer x" and with an empty one'],
	why: 'Orders and addresses of customers must not be readable by whoever asks.',
	fix: 'answer 401 with WWW-Authenticate where no valid token comes, in one place before every private route',
	references: ['OWASP API Security 2023, API2', 'OWASP ASVS 5.0, 8.2.1'],
	async gather(context) {
		const {privateRoutes} = context.loaded.config.audit;
		return (await Promise.all(privateRoutes.map((route) => visit(route, context)))).flat();
	},
	judge: judgeRequired,
});

async function visit(route: string, context: AuditContext): Promise<readonly Visit[]> {
	const ask = apiOf(context);
	const visits: Visit[] = [];
	for (const [as, headers] of VISITORS) {
		const answer = await ask({path: route, headers});
		// What is plainly closed needs nothing to be compared with.
		const isPlain = answer.status === 404 || (answer.status >= 400 && answer.status < 500);
		const outcome = isPlain
			? answer.status === 404
				? 'absent'
				: 'closed'
			: outcomeOf(answer, reachOf(answer, await controlOf(context, 'GET')));
		visits.push({route, as, status: answer.status, outcome});
		if (outcome === 'absent') break;
	}
	return visits;
}

function outcomeOf(answer: WebAnswer, reach: Reach): Visit['outcome'] {
	switch (reach) {
		case 'accepted':
			return !saysNo(answer) && holdsData(jsonOf(answer)) ? 'open' : 'closed';
		case 'absent':
			return 'absent';
		case 'broken':
			return 'broken';
		case 'away':
			return 'away';
		case 'excused':
		case 'refused':
		case 'login':
		case 'limited':
			return 'closed';
		default:
			return reach satisfies never;
	}
}

export function judgeRequired(visits: readonly Visit[]): readonly Finding[] {
	const evidence = visits.map(({route, as, status}) => `GET ${route} as ${as}: ${status}`);
	const findings: Finding[] = [];
	for (const route of new Set(visits.map((one) => one.route))) {
		const of = (outcome: Visit['outcome']) => visits.filter((one) => one.route === route && one.outcome === outcome);
		const [open] = of('open');
		const [broken] = of('broken');
		const about = {
			subject: route,
			evidence: visits.filter((one) => one.route === route).map(({as, status}) => `${as}: ${status}`),
		};
		if (open !== undefined) findings.push({verdict: 'fail', reason: `${route} answers ${open.as}`, ...about});
		else if (broken !== undefined)
			findings.push({
				verdict: 'fail',
				severity: 'high',
				reason: `${route} answers ${broken.as} with 500 instead of 401`,
				...about,
			});
	}
	if (findings.length > 0) return findings;
	const away = visits.find(({outcome}) => outcome === 'away');
	if (away !== undefined)
		return [{verdict: 'inconclusive', reason: `GET ${away.route} answered ${away.status}`, evidence}];
	if (visits.every(({outcome}) => outcome === 'absent'))
		return [{verdict: 'skip', reason: 'none of audit.privateRoutes is there'}];
	return [{verdict: 'pass', reason: 'none is answered without a log-in', evidence}];
}
