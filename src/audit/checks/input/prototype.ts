import {makeCheck} from '../../check.js';
import {apiOf, controlOf} from '../../facts/api.js';
import {type Attempt, attemptOf, judgeRefusals} from '../../facts/refusals.js';
import {readSession} from '../../facts/session.js';
import {NO_LOG_IN, wrongLogIn} from '../../facts/wrong-log-in.js';
import type {Finding} from '../../verdict.js';

type Missing = {readonly why: string};

/** Written out: `__proto__` of a literal would be the prototype, not a key. */
const BODIES: readonly (readonly [name: string, extra: string])[] = [
	['__proto__', '"__proto__":{"sastaopsAudit":true}'],
	['constructor.prototype', '"constructor":{"prototype":{"sastaopsAudit":true}}'],
];

export const inputPrototype = makeCheck<readonly Attempt[] | Missing>({
	id: 'input.prototype',
	group: 'input',
	title: 'Keys of the prototype in JSON are refused, or change nothing',
	severity: 'high',
	effect: 'active',
	maxRequests: 4,
	sends: ['1 wrong log-in (shared)', '2 wrong log-ins with the keys __proto__ and constructor.prototype beside'],
	why: 'Copied into an object, such a key changes every object of the process: limits, roles, queries.',
	fix: 'refuse bodies with these keys (Fastify does by itself; secure-json-parse elsewhere), and never merge a body into another object',
	references: ['CWE-1321'],
	async gather(context) {
		if (!(await wrongLogIn(context)).isThere) return {why: NO_LOG_IN};
		const control = await controlOf(context, 'POST');
		return Promise.all(
			BODIES.map(async ([name, extra]) => {
				const body = `{"email":"nobody@audit.invalid","password":"wrong-one-of-the-audit",${extra}}`;
				const answer = await apiOf(context)({method: 'POST', path: '/sessions', body, expects429: true});
				const attempt = attemptOf(name, answer, control);
				return attempt.reach === 'accepted' && readSession(answer) === undefined
					? {...attempt, reach: 'excused' as const}
					: attempt;
			}),
		);
	},
	judge: judgePrototype,
});

export function judgePrototype(attempts: readonly Attempt[] | Missing): readonly Finding[] {
	if ('why' in attempts) return [{verdict: 'skip', reason: attempts.why}];
	return judgeRefusals(attempts, {
		subject: 'key',
		accepted: 'lets somebody in',
		refused: 'each is refused, or changes nothing',
		absent: NO_LOG_IN,
	});
}
