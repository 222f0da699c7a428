import {once} from 'node:events';
import {createInterface} from 'node:readline/promises';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';

export type Question = {
	readonly text: string;
	/** What must be typed; without it, `y` or `yes`. */
	readonly typed?: string;
	/** The flag that answers instead, named when nobody can be asked: `--yes`, `--confirm sastabazar`. */
	readonly flag: string;
};

/** Asks a person; the only place that does. Resolves to whether the answer was yes. */
export type Ask = (question: Question) => Promise<boolean>;

export type AskTerms = {
	readonly stdin: NodeJS.ReadableStream;
	readonly stderr: NodeJS.WritableStream;
	readonly signal: AbortSignal;
	/** Why nobody can be asked; undefined where somebody can. */
	readonly barred: string | undefined;
};

/** @throws SastaError NEEDS_ANSWER, naming the flag, where there is nobody to ask */
export function makeAsk({stdin, stderr, signal, barred}: AskTerms): Ask {
	return async ({text, typed, flag}) => {
		if (barred !== undefined) {
			throw new SastaError('NEEDS_ANSWER', `This needs a yes, and nobody can be asked (${barred})`, {
				exitCode: EXIT.usage,
				hint: `Look at the plan with --dry-run, then run it again with ${flag}`,
			});
		}
		// Not as a terminal of its own: so Ctrl-C stays a signal, which stops us as it does everywhere.
		const lines = createInterface({input: stdin, output: stderr, terminal: false});
		try {
			const suffix = typed === undefined ? ' [y/N] ' : ` Type ${typed} to go on: `;
			const closed = once(lines, 'close').then(() => '');
			const answer = (await Promise.race([lines.question(text + suffix, {signal}), closed])).trim();
			return typed === undefined ? /^y(es)?$/i.test(answer) : answer === typed;
		} finally {
			lines.close();
		}
	};
}
