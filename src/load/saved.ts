import * as z from 'zod';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Interval} from './intervals.js';

/** What `compare` needs of a document that `db-load mix --json` printed. */
const saved = z.object({
	result: z.object({
		rate: z.number(),
		measuredMs: z.number(),
		workload: z.string(),
		documents: z.number(),
		server: z.string(),
		total: z.object({done: z.number(), failed: z.number()}),
		generator: z.object({isTruthful: z.boolean(), reason: z.string().optional()}),
		intervals: z.array(
			z.object({
				fromMs: z.number(),
				toMs: z.number(),
				done: z.number(),
				failed: z.number(),
				underWay: z.number(),
				times: z.array(z.number().int().nonnegative()),
			}),
		),
	}),
});

export type SavedResult = z.output<typeof saved>['result'] & {readonly intervals: readonly Interval[]};

/** @throws SastaError RESULT_INVALID naming the file */
export function readSaved(text: string, name: string): SavedResult {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw invalid(name, 'it is no JSON', cause);
	}
	const parsed = saved.safeParse(value);
	if (!parsed.success) throw invalid(name, 'it is not what "db-load mix --json" prints', parsed.error);
	return parsed.data.result;
}

function invalid(name: string, why: string, cause: unknown): SastaError {
	return new SastaError('RESULT_INVALID', `${name} is no result of a load: ${why}`, {
		exitCode: EXIT.usage,
		cause,
		hint: 'Make one with: sastaops db-load mix --json > before.json',
	});
}
