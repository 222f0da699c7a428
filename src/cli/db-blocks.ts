import type {Block, Item, Mark} from '../kernel/report.js';
import type {BackfillPreview, MigrationStepNote} from '../migrate/describe.js';
import type {LintFinding} from '../migrate/lint.js';
import type {MigrationProblem} from '../migrate/plan.js';
import type {SeedPlan} from '../migrate/seeds.js';
import type {MigrationStatus} from '../migrate/status.js';

const STATE_MARKS: Readonly<Record<MigrationStatus['state'], Mark>> = {
	applied: 'done',
	marked: 'done',
	pending: 'pending',
	reverted: 'pending',
	running: 'failed',
	failed: 'failed',
};

/** One line for each migration: where it stands, since when, and what it is. */
export function statusBlock(status: readonly MigrationStatus[]): Block {
	return {
		kind: 'items',
		heading: 'Migrations',
		items: status.map(({id, title, phase, state, row}) => ({
			mark: STATE_MARKS[state],
			text: id,
			detail: [state, row?.finishedAt?.toISOString(), phase, row?.reason ?? title].filter(Boolean).join(', '),
		})),
	};
}

export function problemBlocks(problems: readonly MigrationProblem[]): Block[] {
	return itemsUnless('Problems', problems, ({severity, message, mend}) => ({
		mark: severity === 'error' ? 'failed' : 'warn',
		text: message,
		lines: [mend],
	}));
}

export function lintBlocks(findings: readonly LintFinding[]): Block[] {
	const marks = {error: 'failed', warning: 'warn', info: 'none'} as const;
	return itemsUnless('Lint', findings, ({migration, line, rule, severity, message, mend}) => ({
		mark: marks[severity],
		text: `${migration}${line === undefined ? '' : `:${line}`} ${message}`,
		detail: rule,
		lines: severity === 'info' ? [] : [mend],
	}));
}

/** What would be applied: documents touched, how they are found, the way back. */
export function pendingBlock(
	notes: readonly (MigrationStepNote & {readonly backfills: readonly BackfillPreview[]})[],
): Block {
	return {
		kind: 'items',
		heading: 'To apply, in this order',
		items: notes.map(({id, title, phase, documents, isReversible, irreversible, operator, backfills}) => ({
			mark: 'pending',
			text: id,
			detail: [
				phase,
				documents === undefined ? 'documents not told' : count(documents, 'document'),
				isReversible ? 'has a way back' : `no way back: ${irreversible}`,
			].join(', '),
			lines: [
				title,
				...backfills.map(
					({step, collection, documents: matching, plan}) =>
						`${step}: ${count(matching, 'document')} of ${collection}, found by ${plan}`,
				),
				...(operator === undefined ? [] : [`You: ${operator}`]),
			],
		})),
	};
}

export function seedBlock(plans: readonly SeedPlan[], heading: string): Block {
	return {
		kind: 'items',
		heading,
		items: plans.map(({id, collection, added, changed, same}) => ({
			mark: added + changed === 0 ? 'done' : 'pending',
			text: id,
			detail: `${collection}: ${added} new, ${changed} changed, ${same} as they are`,
		})),
	};
}

function itemsUnless<T>(heading: string, values: readonly T[], item: (value: T) => Item): Block[] {
	return values.length === 0 ? [] : [{kind: 'items', heading, items: values.map(item)}];
}

function count(value: number, noun: string): string {
	return `${value.toLocaleString('en-IN')} ${noun}${value === 1 ? '' : 's'}`;
}
