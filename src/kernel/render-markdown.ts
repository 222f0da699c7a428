import {SYMBOLS} from './render-text.js';
import type {Block} from './report.js';

/** Blocks as GitHub-flavoured Markdown, for step summaries, issues and wikis. */
export function renderMarkdown(blocks: readonly Block[]): string {
	return `${blocks.map(renderBlock).join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
	switch (block.kind) {
		case 'title':
			return `## ${escapeMarkdown(block.text)}${block.note === undefined ? '' : `\n\n_${escapeMarkdown(block.note)}_`}`;
		case 'text':
			return escapeMarkdown(block.text);
		case 'items':
			return withHeading(
				block.heading,
				block.items
					.map(({mark, text, detail, lines = []}) =>
						[
							`- ${mark === 'none' ? '' : `${SYMBOLS[mark]} `}${escapeMarkdown(text)}${detail === undefined ? '' : ` (${escapeMarkdown(detail)})`}`,
							...lines.map((line) => `  ${escapeMarkdown(line)}`),
						].join('\n'),
					)
					.join('\n'),
			);
		case 'facts':
			return withHeading(block.heading, table(['', ''], block.facts));
		case 'table':
			return withHeading(
				block.heading,
				table(
					block.columns.map(({header}) => header),
					block.rows,
					block.columns.map(({align}) => (align === 'right' ? '--:' : '---')),
				),
			);
		case 'next':
			return block.steps
				.map(
					({label, command, note}) =>
						`${label}: ${code(command)}${note === undefined ? '' : ` (${escapeMarkdown(note)})`}`,
				)
				.join('\n\n');
		default:
			return block satisfies never;
	}
}

function withHeading(heading: string | undefined, body: string): string {
	return heading === undefined ? body : `### ${escapeMarkdown(heading)}\n\n${body}`;
}

function table(
	headers: readonly string[],
	rows: readonly (readonly string[])[],
	rule: readonly string[] = headers.map(() => '---'),
): string {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(headers.map(cell)), line(rule), ...rows.map((row) => line(row.map(cell)))].join('\n');
}

function cell(text: string): string {
	return escapeMarkdown(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** A code span; one that holds backticks is fenced by two, and parted from them by a blank. */
function code(text: string): string {
	return text.includes('`') ? `\`\`${text} \`\`` : `\`${text}\``;
}

/** What would be markup is shown as it is; a `#12` inside a line stays a reference. */
function escapeMarkdown(text: string): string {
	return text.replace(/[\\`*_<>[\]&~]/g, '\\$&').replace(/^(\s*)([#+-])/gm, '$1\\$2');
}
