import {describe, expect, it} from 'vitest';
import {renderMarkdown} from '../../src/kernel/render-markdown.js';
import {type Paint, renderText} from '../../src/kernel/render-text.js';
import type {Block} from '../../src/kernel/report.js';

const BLOCKS: readonly Block[] = [
	{kind: 'title', text: 'Release 1.2.0', note: 'from v1.1.0'},
	{
		kind: 'items',
		heading: 'Preflight',
		items: [
			{mark: 'done', text: 'clean', detail: 'main'},
			{mark: 'failed', text: 'a longer text', detail: 'why', lines: ['mend: git_pull']},
			{mark: 'none', text: 'no mark'},
		],
	},
	{
		kind: 'facts',
		heading: 'Facts',
		facts: [
			['a', '1'],
			['longer', '2'],
		],
	},
	{
		kind: 'table',
		columns: [{header: 'n', align: 'right'}, {header: 'step'}],
		rows: [['1', 'back up'], ['10', 'tag | push'], ['11']],
	},
	{
		kind: 'next',
		steps: [
			{label: 'Go on', command: 'sastaops release resume'},
			{label: 'Back', command: 'x', note: 'n'},
		],
	},
];

describe('renderText', () => {
	it('aligns what belongs together and leaves no blanks at line ends', () => {
		const text = renderText(BLOCKS);
		expect(text).toBe(`Release 1.2.0   (from v1.1.0)

Preflight
  ✔ clean           main
  ✖ a longer text   why
      mend: git_pull
    no mark

Facts
  a        1
  longer   2

   n   step
   1   back up
  10   tag | push
  11

Go on:  sastaops release resume
Back:   x   n
`);
		expect(text).not.toMatch(/[ \t]$/m);
	});

	it('paints headings, marks and commands only, so that colour never shifts a column', () => {
		const tag = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
		const paint: Paint = {
			bold: tag('b'),
			dim: tag('d'),
			green: tag('g'),
			red: tag('r'),
			yellow: tag('y'),
			cyan: tag('c'),
		};
		const painted = renderText(BLOCKS, paint);
		expect(painted).toContain('<g>✔</g> clean           <d>main</d>');
		expect(painted).toContain('<c>sastaops release resume</c>');
		expect(painted.replace(/<\/?\w>/g, '').replace(/ +$/gm, '')).toBe(renderText(BLOCKS));
	});

	it('of nothing is an empty line', () => {
		expect(renderText([])).toBe('\n');
		expect(renderText([{kind: 'items', items: []}])).toBe('\n');
	});
});

describe('renderMarkdown', () => {
	it('writes headings, lists, tables and code', () => {
		expect(renderMarkdown(BLOCKS)).toBe(`## Release 1.2.0

_from v1.1.0_

### Preflight

- ✔ clean (main)
- ✖ a longer text (why)
  mend: git\\_pull
- no mark

### Facts

|  |  |
| --- | --- |
| a | 1 |
| longer | 2 |

| n | step |
| --: | --- |
| 1 | back up |
| 10 | tag \\| push |
| 11 |

Go on: \`sastaops release resume\`

Back: \`x\` (n)
`);
	});

	it.each([
		['*bold* _it_ `code`', '\\*bold\\* \\_it\\_ \\`code\\`'],
		['<script>alert(1)</script>', '\\<script\\>alert(1)\\</script\\>'],
		['[link](http://x)', '\\[link\\](http://x)'],
		['back\\slash', 'back\\\\slash'],
		['&lt;b&gt; ~~gone~~', '\\&lt;b\\&gt; \\~\\~gone\\~\\~'],
		['# no heading', '\\# no heading'],
	])('shows %s as it is', (text, markdown) => {
		expect(renderMarkdown([{kind: 'text', text}])).toBe(`${markdown}\n`);
	});

	it('keeps a cell in its cell', () => {
		const rows = [['a|b', 'two\nlines']];
		const block: Block = {kind: 'table', columns: [{header: 'x'}, {header: 'y'}], rows};
		expect(renderMarkdown([block]).trim().split('\n').at(-1)).toBe('| a\\|b | two lines |');
	});

	it('keeps a command with backticks a command', () => {
		const block: Block = {kind: 'next', steps: [{label: 'Run', command: 'echo `date`'}]};
		expect(renderMarkdown([block])).toBe('Run: ``echo `date` ``\n');
	});
});
