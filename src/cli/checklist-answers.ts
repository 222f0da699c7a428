import type {RecordedAnswer} from '../audit/checklist/answers.js';
import type {ChecklistItem, Phase} from '../audit/checklist/items.js';
import {checklistOutcome, type JudgedItem} from '../audit/checklist/judge.js';
import type {AuditResult} from '../audit/result.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Item} from '../kernel/report.js';
import {VERDICT_EXITS, VERDICT_MARKS} from './verdicts.js';

const TITLES: Readonly<Record<Phase, string>> = {
	before: 'Before the launch',
	launch: 'The launch',
	post: 'After the launch',
};

export function checklistAnswer(
	command: string,
	{phase, result, items}: {readonly phase: Phase; readonly result: AuditResult; readonly items: readonly JudgedItem[]},
): Answer {
	const outcome = checklistOutcome(items);
	const done = items.filter(({verdict}) => verdict === 'pass' || verdict === 'warn').length;
	const unanswered = items.find(({item, verdict}) => verdict === 'skip' && item.checks.length === 0);
	const where = result.target?.origin ?? result.targetName;
	const next = unanswered === undefined ? undefined : `sastaops checklist answer ${unanswered.item.id} --by <name>`;
	return {
		report: {
			command,
			verdict: outcome,
			exitCode: VERDICT_EXITS[outcome],
			...(next === undefined ? {} : {next}),
			data: {
				phase,
				target: result.target?.origin ?? null,
				done,
				total: items.length,
				items: items.map(({item: {id, text, checks}, verdict, reason, open, answer}) => ({
					id,
					text,
					verdict,
					reason,
					checks,
					open: open.map((check) => ({id: check.id, verdict: check.verdict, reason: check.reason, fix: check.fix})),
					...(answer === undefined ? {} : {answer}),
				})),
			},
		},
		document: [
			{kind: 'title', text: `${TITLES[phase]}: ${where}`, note: `${done} of ${items.length} done`},
			{kind: 'items', items: items.map(itemOf)},
			...(next === undefined ? [] : [{kind: 'next' as const, steps: [{label: 'Answer the next', command: next}]}]),
		],
	};
}

function itemOf({item: {id, text, checks}, verdict, reason, open}: JudgedItem): Item {
	return {
		mark: VERDICT_MARKS[verdict],
		text,
		lines: [`${checks.length === 0 ? `${id}: ` : ''}${reason}`, ...open.map((check) => `${check.id}: ${check.reason}`)],
	};
}

export function answeredAnswer(
	command: string,
	{item, answer, file}: {readonly item: ChecklistItem; readonly answer: RecordedAnswer; readonly file: string},
): Answer {
	const next = `sastaops checklist ${item.phase}`;
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, next, data: {...answer, file}},
		document: [
			{
				kind: 'items',
				items: [
					{
						mark: answer.answer === 'yes' ? 'done' : 'failed',
						text: item.text,
						lines: [`${answer.answer === 'yes' ? 'done' : 'not done'}, says ${answer.by}; kept in ${file}`],
					},
				],
			},
			{kind: 'next', steps: [{label: 'The whole list', command: next}]},
		],
	};
}
