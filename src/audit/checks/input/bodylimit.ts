import {NoAnswer} from '../../../ports/web/dial.js';
import {makeCheck} from '../../check.js';
import {apiOf, controlOf} from '../../facts/api.js';
import {type Reach, reachOf} from '../../facts/reach.js';
import {NO_LOG_IN, wrongLogIn} from '../../facts/wrong-log-in.js';
import type {Finding} from '../../verdict.js';

export type LimitFacts =
	| {readonly why: string}
	| {readonly status: number; readonly reach: Reach}
	/** The connection was closed while it was sent. */
	| {readonly status: 'closed'};

const MEBIBYTE = 1_048_576;

export const inputBodylimit = makeCheck<LimitFacts>({
	id: 'input.bodylimit',
	group: 'input',
	title: 'A body of more than 1 MiB is refused',
	severity: 'medium',
	effect: 'active',
	maxRequests: 3,
	sends: ['1 wrong log-in (shared)', '1 POST to /sessions of 1 MiB and 1 byte'],
	why: 'Bodies without a limit fill the memory, and an error of 500 shows that nobody thought of them.',
	fix: 'limit bodies (64 KiB is plenty for a shop), in the proxy and in the application: client_max_body_size, bodyLimit; answer 413',
	references: ['OWASP API Security 2023, API4', 'CWE-770'],
	async gather(context) {
		if (!(await wrongLogIn(context)).isThere) return {why: NO_LOG_IN};
		const control = await controlOf(context, 'POST');
		const rest = '{"email":"nobody@audit.invalid","password":""}'.length;
		const body = JSON.stringify({email: 'nobody@audit.invalid', password: 'x'.repeat(MEBIBYTE + 1 - rest)});
		try {
			const answer = await apiOf(context)({
				method: 'POST',
				path: '/sessions',
				body,
				expects429: true,
				expectsBlock: true,
			});
			return {status: answer.status, reach: reachOf(answer, control)};
		} catch (error) {
			// A server that has read enough may hang up while we still write.
			if (error instanceof NoAnswer && error.why === 'reset') return {status: 'closed'};
			throw error;
		}
	},
	judge: judgeBodylimit,
});

export function judgeBodylimit(facts: LimitFacts): Finding {
	if ('why' in facts) return {verdict: 'skip', reason: facts.why};
	if (facts.status === 'closed') return {verdict: 'pass', reason: 'the connection is closed before all of it is read'};
	const {status, reach} = facts as Extract<LimitFacts, {reach: Reach}>;
	const evidence = [`1 MiB and 1 byte: ${status}`];
	switch (reach) {
		case 'broken':
			return {verdict: 'fail', reason: 'a body that is too large breaks the shop: 500 instead of 413', evidence};
		case 'accepted':
		case 'excused':
			return {verdict: 'fail', reason: 'a log-in of more than 1 MiB is answered with yes', evidence};
		case 'away':
			return {verdict: 'inconclusive', reason: `it was answered ${status}`, evidence};
		case 'limited':
			return {verdict: 'inconclusive', reason: 'the shop limited us (429) before it was read', evidence};
		case 'refused':
		case 'login':
		case 'absent':
			return {verdict: 'pass', reason: 'it is refused', evidence};
		default:
			return reach satisfies never;
	}
}
