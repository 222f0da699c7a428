import {join} from 'node:path';
import * as z from 'zod';
import {writeFileDurably} from '../../kernel/durable-file.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {readIfThere} from '../../kernel/read-if-there.js';

const answer = z.strictObject({
	id: z.string(),
	answer: z.enum(['yes', 'no']),
	by: z.string().min(1),
	at: z.iso.datetime(),
	note: z.string().optional(),
});

const answersFile = z.strictObject({version: z.literal(1), answers: z.array(answer)});

/** What a person has said, and when. */
export type RecordedAnswer = z.output<typeof answer>;

/** Beside sastaops.yaml, to be committed: the whole team answers. */
export const ANSWERS_FILE = 'sastaops-checklist.json';

/** How long an answer stands; then somebody should look again. */
const LONGEST_MS = 90 * 86_400_000;

/** The answers by item, the newest of each. @throws SastaError CHECKLIST_UNREADABLE */
export async function readAnswers(root: string): Promise<ReadonlyMap<string, RecordedAnswer>> {
	const file = join(root, ANSWERS_FILE);
	const text = await readIfThere(file);
	if (text === undefined) return new Map();
	try {
		const {answers} = answersFile.parse(JSON.parse(text));
		return new Map(answers.map((one) => [one.id, one]));
	} catch (error) {
		throw new SastaError('CHECKLIST_UNREADABLE', `${file} is not a list of answers`, {
			exitCode: EXIT.usage,
			cause: error,
			hint: 'Take an earlier one from git, or move it away: the answers in it are then asked for again',
		});
	}
}

/** Adds an answer, in the place of an earlier one to the same item. */
export async function recordAnswer(root: string, given: RecordedAnswer): Promise<string> {
	const before = await readAnswers(root);
	const answers = [...before.values()].filter(({id}) => id !== given.id);
	const file = join(root, ANSWERS_FILE);
	const text = JSON.stringify(
		{version: 1, answers: [...answers, given].sort((a, b) => (a.id < b.id ? -1 : 1))},
		null,
		'\t',
	);
	await writeFileDurably(file, `${text}\n`, {mode: 0o644});
	return file;
}

/** Whether an answer has stood for too long. */
export function isStale({at}: RecordedAnswer, nowMs: number): boolean {
	return nowMs - Date.parse(at) > LONGEST_MS;
}
