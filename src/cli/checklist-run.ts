import {openAudit} from '../audit/audit.js';
import {CATALOGUE} from '../audit/catalogue.js';
import {readAnswers, recordAnswer} from '../audit/checklist/answers.js';
import {checklistItems, type Phase, personalItems} from '../audit/checklist/items.js';
import {judgeItem} from '../audit/checklist/judge.js';
import {selectChecks} from '../audit/select.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import {nearest} from '../kernel/suggest.js';
import {type AuditFlags, auditOptions} from './audit-run.js';
import {answeredAnswer, checklistAnswer} from './checklist-answers.js';
import type {Session} from './session.js';

export type ChecklistFlags = Omit<AuditFlags, 'report' | 'baseline' | 'dryRun' | 'list' | 'failOn'>;

/** Asks every check the list needs, once, and lays the answers beside what people have recorded. */
export async function checklist(session: Session, phase: Phase, flags: ChecklistFlags): Promise<Answer> {
	const {host, command} = session;
	const loaded = await session.loadConfig();
	const items = checklistItems(phase, loaded.config.audit);
	const answers = await readAnswers(loaded.root);
	const wanted = new Map(
		items.map((item) => [
			item.id,
			item.checks.length === 0 ? [] : selectChecks(item.checks, CATALOGUE).map(({id}) => id),
		]),
	);
	const words = [...new Set([...wanted.values()].flat())];
	const audit = await openAudit(auditOptions({...flags, report: []}, words, loaded, host), host);
	const result = await audit.run();
	const judged = items.map((item) =>
		judgeItem(item, {
			results: result.checks.filter(({id}) => wanted.get(item.id)?.includes(id) === true),
			answer: answers.get(item.id),
			nowMs: host.now(),
		}),
	);
	return checklistAnswer(command, {phase, result, items: judged});
}

export type AnswerFlags = {readonly by: string; readonly not?: boolean; readonly note?: string};

/** @throws SastaError CHECKLIST_UNKNOWN_ITEM */
export async function answerItem(
	{host, command, loadConfig}: Session,
	id: string,
	{by, not, note}: AnswerFlags,
): Promise<Answer> {
	const {config, root} = await loadConfig();
	const items = personalItems(config.audit);
	const item = items.find((known) => known.id === id);
	if (item === undefined) {
		const near = nearest(
			id,
			items.map((known) => known.id),
		);
		throw new SastaError('CHECKLIST_UNKNOWN_ITEM', `No item "${id}" is answered by a person`, {
			exitCode: EXIT.usage,
			hint: near === undefined ? `They are ${items.map((known) => known.id).join(', ')}` : `Did you mean ${near}?`,
		});
	}
	const answer = {
		id,
		answer: not === true ? ('no' as const) : ('yes' as const),
		by,
		at: new Date(host.now()).toISOString(),
		...(note === undefined ? {} : {note}),
	};
	return answeredAnswer(command, {item, answer, file: await recordAnswer(root, answer)});
}
