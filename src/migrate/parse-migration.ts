import * as z from 'zod';
import type {Migration} from './author.js';

export type ParsedMigration =
	| {readonly problems: readonly []; readonly migration: Migration}
	| {readonly problems: readonly string[]; readonly migration?: undefined};

const text = z.string().trim().min(1);
const callable = z.custom<(...args: unknown[]) => unknown>(
	(value) => typeof value === 'function',
	'must be a function',
);
const plain = z.record(z.string(), z.unknown());

const backfillSchema = z
	.strictObject({
		collection: text,
		name: text.optional(),
		filter: plain.optional(),
		batchSize: z.number().int().min(1).max(100_000).optional(),
		update: z.union([plain, z.array(plain).min(1)]).optional(),
		each: callable.optional(),
	})
	.refine(({update, each}) => (update === undefined) !== (each === undefined), 'needs one of update and each');

const stepSchema = z
	.strictObject({
		name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower case words joined by hyphens'),
		run: callable.optional(),
		backfill: backfillSchema.optional(),
	})
	.refine(({run, backfill}) => (run === undefined) !== (backfill === undefined), 'needs one of run and backfill');

const migrationSchema = z
	.object({
		title: text,
		phase: z.enum(['expand', 'contract']),
		up: callable.optional(),
		steps: z.array(stepSchema).min(1).optional(),
		down: callable.optional(),
		irreversible: text.optional(),
		idempotent: z.boolean().optional(),
		estimate: callable.optional(),
		operator: text.optional(),
		accept: z.record(z.string(), text).optional(),
	})
	.refine(({up, steps}) => (up === undefined) !== (steps === undefined), 'needs one of up and steps')
	.refine(
		({down, irreversible}) => (down === undefined) !== (irreversible === undefined),
		"needs one of down and irreversible = 'the reason'",
	)
	.refine(
		({steps = []}) => new Set(steps.map(({name}) => name)).size === steps.length,
		'has two steps of the same name',
	);

/** Checks the exports of a migration file; every problem at once. */
export function parseMigration(exports: Readonly<Record<string, unknown>>): ParsedMigration {
	const result = migrationSchema.safeParse(exports);
	// The schema has checked the shape; the functions inside keep their own types.
	if (result.success) return {problems: [], migration: exports as unknown as Migration};
	return {
		problems: result.error.issues.map(({path, message}) =>
			path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
		),
	};
}
