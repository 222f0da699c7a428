import type {WebAnswer} from '../../ports/web/exchange.js';
import type {Finding} from '../verdict.js';
import {type Reach, reachOf} from './reach.js';

/** What became of one thing that must be refused. */
export type Attempt = {readonly name: string; readonly reach: Reach; readonly status: number};

export function attemptOf(name: string, answer: WebAnswer, control: WebAnswer): Attempt {
	return {name, reach: reachOf(answer, control), status: answer.status};
}

export type Words = {
	/** What stands before a name: `signature`. */
	readonly subject: string;
	/** Of one that was accepted: `is taken for a payment`. */
	readonly accepted: string;
	/** Of all: `each is refused`. */
	readonly refused: string;
	/** Where the route is not there. */
	readonly absent: string;
	/** Where the log-in before it was all that was reached; without it a refused log-in is a refusal. */
	readonly login?: string;
};

/**
 * The findings of a row of attempts: each that was accepted, excused or broke the shop is one; else what could not be
 * judged is told, and only then all of them pass as one.
 */
export function judgeRefusals(attempts: readonly Attempt[], words: Words): readonly Finding[] {
	const evidence = attempts.map(({name, status}) => `${name}: ${status}`);
	const findings = attempts.flatMap((attempt) => badFinding(attempt, words) ?? []);
	if (findings.length > 0) return findings;
	const has = (reach: Reach) => attempts.filter((attempt) => attempt.reach === reach);
	const away = has('away');
	if (away.length > 0)
		return [{verdict: 'inconclusive', reason: `the shop fails (${away[0]?.status ?? 0}) before it decides`, evidence}];
	if (has('absent').length === attempts.length) return [{verdict: 'skip', reason: words.absent}];
	if (words.login !== undefined && has('login').length > 0) return [{verdict: 'skip', reason: words.login, evidence}];
	if (has('limited').length > 0)
		return [{verdict: 'inconclusive', reason: 'the shop limited us (429) before all was tried', evidence}];
	return [{verdict: 'pass', reason: words.refused, evidence}];
}

function badFinding({name, reach, status}: Attempt, {subject, accepted}: Words): Finding | undefined {
	const about = {subject: `${subject}: ${name}`, evidence: [`${name}: ${status}`]};
	switch (reach) {
		case 'accepted':
			return {verdict: 'fail', reason: `${subject} ${name} ${accepted}`, ...about};
		case 'broken':
			return {
				verdict: 'fail',
				severity: 'high',
				reason: `${subject} ${name} breaks the shop: it answers 500`,
				...about,
			};
		case 'excused':
			return {
				verdict: 'warn',
				severity: 'low',
				reason: `${subject} ${name} is refused in words only: the status says yes`,
				fix: 'answer with 400, so that no client takes it for a success',
				...about,
			};
		case 'refused':
		case 'login':
		case 'absent':
		case 'away':
		case 'limited':
			return undefined;
		default:
			return reach satisfies never;
	}
}
