import type {Block, Column, Item, Mark} from './report.js';

/** Colours one word; identity where colour is off. */
export type Paint = {
	readonly bold: (text: string) => string;
	readonly dim: (text: string) => string;
	readonly green: (text: string) => string;
	readonly red: (text: string) => string;
	readonly yellow: (text: string) => string;
	readonly cyan: (text: string) => string;
};

export const PLAIN: Paint = {
	bold: (text) => text,
	dim: (text) => text,
	green: (text) => text,
	red: (text) => text,
	yellow: (text) => text,
	cyan: (text) => text,
};

export const SYMBOLS: Readonly<Record<Mark, string>> = {
	done: '✔',
	failed: '✖',
	warn: '!',
	unknown: '?',
	pending: '·',
	none: ' ',
};

/** Blocks as text, blank line between them, two columns of indent under a heading. */
export function renderText(blocks: readonly Block[], paint: Paint = PLAIN): string {
	return `${blocks.map((block) => renderBlock(block, paint)).join('\n\n')}\n`;
}

export function paintMark(mark: Mark, paint: Paint): string {
	const symbol = SYMBOLS[mark];
	switch (mark) {
		case 'done':
			return paint.green(symbol);
		case 'failed':
			return paint.red(symbol);
		case 'warn':
		case 'unknown':
			return paint.yellow(symbol);
		default:
			return symbol;
	}
}

function renderBlock(block: Block, paint: Paint): string {
	switch (block.kind) {
		case 'title':
			return paint.bold(block.text) + (block.note === undefined ? '' : paint.dim(`   (${block.note})`));
		case 'text':
			return block.text;
		case 'items':
			return withHeading(block.heading, renderItems(block.items, paint), paint);
		case 'facts':
			return withHeading(block.heading, renderFacts(block.facts, paint), paint);
		case 'table':
			return withHeading(block.heading, renderTable(block.columns, block.rows, paint), paint);
		case 'next': {
			const width = Math.max(...block.steps.map(({label}) => label.length)) + 1;
			return block.steps
				.map(
					({label, command, note}) =>
						`${`${label}:`.padEnd(width)}  ${paint.cyan(command)}${note === undefined ? '' : `   ${paint.dim(note)}`}`,
				)
				.join('\n');
		}
		default:
			return block satisfies never;
	}
}

function withHeading(heading: string | undefined, lines: readonly string[], paint: Paint): string {
	const indented = lines.map((line) => `  ${line}`.trimEnd());
	return [...(heading === undefined ? [] : [paint.bold(heading)]), ...indented].join('\n');
}

function renderItems(items: readonly Item[], paint: Paint): string[] {
	const width = Math.min(
		Math.max(0, ...items.filter(({detail}) => detail !== undefined).map(({text}) => text.length)),
		48,
	);
	return items.flatMap(({mark, text, detail, lines = []}) => [
		`${paintMark(mark, paint)} ${detail === undefined ? text : `${text.padEnd(width)}   ${paint.dim(detail)}`}`,
		...lines.map((line) => `    ${line}`),
	]);
}

function renderFacts(facts: readonly (readonly [string, string])[], paint: Paint): string[] {
	const width = Math.max(...facts.map(([label]) => label.length));
	return facts.map(([label, value]) => `${paint.dim(label.padEnd(width))}   ${value}`);
}

function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], paint: Paint): string[] {
	const widths = columns.map(({header}, index) =>
		Math.max(header.length, ...rows.map((row) => (row[index] ?? '').length)),
	);
	const line = (cells: readonly string[]) =>
		columns
			.map(({align}, index) => {
				const cell = cells[index] ?? '';
				return align === 'right' ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0);
			})
			.join('   ')
			.trimEnd();
	return [paint.dim(line(columns.map(({header}) => header))), ...rows.map(line)];
}
