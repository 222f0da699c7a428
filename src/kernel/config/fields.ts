import * as z from 'zod';
import {hasOpenQuote, splitArgv} from '../argv.js';

/** Milliseconds, written as a number of seconds with a unit: `500ms`, `90s`, `30m`, `2h`, `7d`. */
export const duration = z
	.string()
	.regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, 'must be a duration such as 500ms, 90s, 30m, 2h or 7d')
	.meta({examples: ['90s', '30m']});

export const argv = z
	.union([
		z
			.string()
			.refine((text) => (splitArgv(text)[0] ?? '') !== '', 'must name a program')
			.refine((text) => !hasOpenQuote(text), 'has a quote that is never closed'),
		z.array(z.string().min(1)).min(1),
	])
	.describe('A command: a list of words, or one string that is split at blanks (quotes group). No shell is involved.');

const command = z
	.strictObject({
		run: argv,
		shell: z.boolean().default(false).describe('Run the string by the system shell instead'),
		timeout: duration.default('10m'),
		cwd: z.string().optional().describe('Folder, relative to the configuration file'),
	})
	.describe('A command with its options');

export const commandOrArgv = z.union([argv, command]);
