import {type ComparedFinding, type Comparison, compareAudits, nameOf} from '../audit/compare.js';
import type {HistoryEntry} from '../audit/history.js';
import type {SavedAudit} from '../audit/report/saved.js';
import {readyWords, summaryWords} from '../audit/report/words.js';
import {formatMoment} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block, Item, Mark} from '../kernel/report.js';

export function auditHistoryAnswer(
	command: string,
	{entries, unreadable}: {readonly entries: readonly HistoryEntry[]; readonly unreadable: readonly string[]},
): Answer {
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {
				audits: entries.map(({file, audit: {target, startedAt, verdict, exitCode, summary}}) => ({
					file,
					target: target?.origin ?? null,
					at: startedAt,
					verdict,
					exitCode,
					summary,
				})),
				unreadable,
			},
		},
		document: [
			entries.length === 0
				? {kind: 'text', text: 'No audit has been made here yet.'}
				: {
						kind: 'table',
						columns: [{header: 'when'}, {header: 'target'}, {header: 'answer'}, {header: 'found'}],
						rows: entries.map(({audit: {target, startedAt, verdict, summary}}) => [
							formatMoment(Date.parse(startedAt)),
							target?.origin ?? '(no domain)',
							readyWords(verdict),
							summaryWords(summary),
						]),
					},
			...(unreadable.length === 0
				? []
				: [
						{
							kind: 'items' as const,
							items: unreadable.map((file): Item => ({mark: 'warn', text: `${file} cannot be read`})),
						},
					]),
			{
				kind: 'next',
				steps: [
					entries.length === 0
						? {label: 'Make one', command: 'sastaops audit --domain https://shop.example'}
						: {label: 'What has changed', command: 'sastaops audit diff'},
				],
			},
		],
	};
}

/** A comparison is no gate: it says what has changed, and ends with 0. */
export function auditDiffAnswer(command: string, before: SavedAudit, after: SavedAudit): Answer {
	const comparison = compareAudits(before, after);
	const sides = [before, after].map(({target, startedAt}) => ({target: target?.origin ?? null, at: startedAt}));
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {before: sides[0], after: sides[1], ...comparison},
		},
		document: [
			{
				kind: 'title',
				text: after.target?.origin ?? 'no domain',
				note: `${formatMoment(Date.parse(before.startedAt))} to ${formatMoment(Date.parse(after.startedAt))}`,
			},
			...(before.target?.name === after.target?.name
				? []
				: [
						{
							kind: 'text' as const,
							text: `The earlier audit was of another target: ${before.target?.origin ?? 'no domain'}.`,
						},
					]),
			...comparisonBlocks(before, comparison),
		],
	};
}

/** What `--json` says of a baseline: names only; the findings stand in the report itself. */
export function baselineData({startedAt}: SavedAudit, comparison: Comparison): object {
	const names = (list: readonly ComparedFinding[]) => list.map(nameOf);
	return {
		at: startedAt,
		new: names(comparison.new),
		fixed: names(comparison.fixed),
		still: names(comparison.still),
		unknown: names(comparison.unknown),
	};
}

export function comparisonBlocks({startedAt}: SavedAudit, {new: added, fixed, still, unknown}: Comparison): Block[] {
	const items = (mark: Mark, word: string, list: readonly ComparedFinding[]): Item[] =>
		list.map((finding) => ({mark, text: `${word.padEnd(8)} ${nameOf(finding)}   ${finding.reason}`}));
	const all = [
		...items('failed', 'new', added),
		...items('done', 'fixed', fixed),
		...items('pending', 'still', still),
		...items('unknown', 'unknown', unknown),
	];
	const heading = `Since ${formatMoment(Date.parse(startedAt))}`;
	return [
		all.length === 0
			? {kind: 'text', text: `${heading}: nothing was found then, nor now.`}
			: {kind: 'items', heading, items: all},
	];
}
