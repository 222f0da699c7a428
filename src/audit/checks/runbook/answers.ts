import {makeCheck} from '../../check.js';
import {isStale, type RecordedAnswer, readAnswers} from '../../checklist/answers.js';
import {type ChecklistItem, personalItems} from '../../checklist/items.js';
import type {Finding} from '../../verdict.js';

type Facts = {readonly items: readonly ChecklistItem[]; readonly answers: ReadonlyMap<string, RecordedAnswer>};

export const runbookAnswers = makeCheck<Facts>({
	id: 'runbook.answers',
	group: 'runbook',
	title: 'What only a person can answer was answered, and with yes',
	severity: 'medium',
	effect: 'local',
	maxRequests: 0,
	sends: [],
	why: 'Whether somebody is on call, or a rollback was ever tried, stands in no header.',
	fix: 'do it, then: sastaops checklist answer <item> --by <name>',
	references: [],
	async gather({loaded}) {
		return {items: personalItems(loaded.config.audit), answers: await readAnswers(loaded.root)};
	},
	judge: (facts, {host}) => judgeAnswers(facts, host.now()),
});

/** Questions nobody has answered are told by the checklists; an audit tells of what was answered. */
export function judgeAnswers({items, answers}: Facts, nowMs: number): readonly Finding[] {
	const answered = items.flatMap((item) => {
		const answer = answers.get(item.id);
		return answer === undefined ? [] : [{item, answer}];
	});
	if (answered.length === 0) return [{verdict: 'skip', reason: 'nothing is answered yet: sastaops checklist before'}];
	const findings = answered.flatMap(({item: {id, text}, answer}): Finding[] => {
		const evidence = [`${answer.by}, ${answer.at.slice(0, 10)}${answer.note === undefined ? '' : `: ${answer.note}`}`];
		if (answer.answer === 'no') return [{verdict: 'fail', subject: id, reason: `not done: ${text}`, evidence}];
		return isStale(answer, nowMs)
			? [{verdict: 'warn', subject: id, reason: `answered more than 90 days ago: ${text}`, evidence}]
			: [];
	});
	return findings.length > 0
		? findings
		: [{verdict: 'pass', reason: `${answered.length} of ${items.length} answered, all with yes`}];
}
