import type {Verdict} from '../../kernel/report.js';
import type {CheckResult} from '../run.js';
import {worstVerdict} from '../verdict.js';
import {isStale, type RecordedAnswer} from './answers.js';
import type {ChecklistItem} from './items.js';

export type JudgedItem = {
	readonly item: ChecklistItem;
	/** `skip`: nobody has answered yet, or none of its checks could be asked. */
	readonly verdict: Verdict;
	readonly reason: string;
	/** Of its checks, those that do not pass. */
	readonly open: readonly CheckResult[];
	readonly answer: RecordedAnswer | undefined;
};

export type ChecklistOutcome = 'pass' | 'warn' | 'fail' | 'inconclusive';

/** What stands at an item, by its checks or by what a person has said. Pure. */
export function judgeItem(
	item: ChecklistItem,
	{
		results,
		answer,
		nowMs,
	}: {
		/** Of the checks that belong to it. */
		readonly results: readonly CheckResult[];
		readonly answer: RecordedAnswer | undefined;
		readonly nowMs: number;
	},
): JudgedItem {
	if (item.checks.length === 0) return {item, ...judgeAnswer(answer, nowMs), open: [], answer};
	const verdict = worstVerdict(results.map((result) => result.verdict));
	const open = results.filter((result) => result.verdict !== 'pass' && result.verdict !== 'skip');
	const passed = results.filter((result) => result.verdict === 'pass').length;
	const asked = passed + open.length;
	const reason =
		asked === 0
			? (results[0]?.reason ?? 'there is no check of it')
			: open.length === 0
				? `${passed} ${passed === 1 ? 'check passes' : 'checks pass'}`
				: `${open.length} of ${asked} checks ${open.length === 1 ? 'does' : 'do'} not pass`;
	return {item, verdict, reason, open, answer: undefined};
}

function judgeAnswer(answer: RecordedAnswer | undefined, nowMs: number): Pick<JudgedItem, 'verdict' | 'reason'> {
	if (answer === undefined) return {verdict: 'skip', reason: 'nobody has answered yet'};
	const who = `${answer.by}, ${answer.at.slice(0, 10)}`;
	const words = `${who}${answer.note === undefined ? '' : `: ${answer.note}`}`;
	if (answer.answer === 'no') return {verdict: 'fail', reason: `not done (${words})`};
	return isStale(answer, nowMs)
		? {verdict: 'warn', reason: `done more than 90 days ago (${words})`}
		: {verdict: 'pass', reason: words};
}

/** A list is done when every item is; what nobody has answered or could ask leaves it open. */
export function checklistOutcome(items: readonly JudgedItem[]): ChecklistOutcome {
	const has = (...wanted: readonly Verdict[]) => items.some(({verdict}) => wanted.includes(verdict));
	if (has('fail')) return 'fail';
	if (has('inconclusive', 'skip') || items.length === 0) return 'inconclusive';
	return has('warn') ? 'warn' : 'pass';
}
