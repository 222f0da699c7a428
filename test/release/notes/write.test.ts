import {describe, expect, it} from 'vitest';
import {readChange} from '../../../src/release/notes/change.js';
import {
	MAX_NOTES_LENGTH,
	type NotesInput,
	unknownPlaceholders,
	webUrlOf,
	writeNotes,
} from '../../../src/release/notes/write.js';

function change(message: string, author = 'Asha', digit = '1') {
	const hash = digit.repeat(40);
	return readChange({hash, authorName: author, authorEmail: 'a@x', date: '2026-11-24T00:00:00Z', message});
}

function notes(input: Partial<NotesInput> = {}): string {
	return writeNotes({
		version: '1.2.0',
		tag: 'v1.2.0',
		date: '2026-11-24',
		previousTag: 'v1.1.0',
		repositoryUrl: 'https://github.com/tea/shop',
		changes: [],
		migrations: [],
		template: undefined,
		...input,
	});
}

describe('writeNotes', () => {
	it('tells what changed, what must be done, by whom, and since when', () => {
		const text = notes({
			changes: [
				change('feat(cart): gift wrap (#41)', 'Ravi', 'a'),
				change('fix: count stock once\n\nCloses #40', 'Asha', 'b'),
				change('feat!: drop v1\n\nBREAKING CHANGE: call v2\ninstead', 'Asha', 'c'),
				change('chore: tidy', 'renovate[bot]', 'd'),
				change("Merge branch 'x'", 'Asha', 'e'),
				change('Make tea', 'Zoya', 'f'),
			],
			migrations: [
				{id: '0001-a', title: 'Add GSTIN', phase: 'expand', isReversible: true, documents: 1200, operator: undefined},
				{
					id: '0002-b',
					title: 'Drop tax',
					phase: 'contract',
					isReversible: false,
					documents: undefined,
					operator: 'warn',
				},
			],
		});
		expect(text).toBe(`## Breaking changes

- drop v1 ([ccccccc](https://github.com/tea/shop/commit/${'c'.repeat(40)}))
  call v2
  instead

## New

- **cart:** gift wrap (#41) ([aaaaaaa](https://github.com/tea/shop/commit/${'a'.repeat(40)}))

## Fixed

- count stock once (#40) ([bbbbbbb](https://github.com/tea/shop/commit/${'b'.repeat(40)}))

## Other changes

- Make tea ([fffffff](https://github.com/tea/shop/commit/${'f'.repeat(40)}))

## Migration steps

Run by the release, after a verified backup and before the new version starts:

- \`0001-a\` Add GSTIN (expand, reversible, about 1,200 documents)
- \`0002-b\` Drop tax (contract, not reversible, documents not estimated)
  - **You must:** warn

**Contributors:** Asha, Ravi, Zoya

**All changes:** https://github.com/tea/shop/compare/v1.1.0...v1.2.0
`);
	});

	it.each([
		[[], 'No changes since the last release.'],
		[[change('chore: tidy')], 'Housekeeping only.'],
	])('says so when there is nothing to tell', (changes, words) => {
		expect(notes({changes})).toContain(words);
	});

	it('links to nothing where the remote is no forge', () => {
		const text = notes({changes: [change('fix: x')], repositoryUrl: undefined});
		expect(text).toContain('- x (1111111)');
		expect(text).not.toContain('http');
	});

	it('lets no subject become markup that hides what follows', () => {
		const text = notes({
			changes: [
				change('fix: close <!-- comments'),
				change('fix: no <details> here'),
				change('fix: `Array<string>` and a<b', 'x'),
				change('feat!: gone\n\nBREAKING CHANGE: use <script> no more'),
			],
		});
		expect(text).toContain('close &lt;!-- comments');
		expect(text).toContain('no &lt;details> here');
		expect(text).toContain('`Array<string>` and a&lt;b');
		expect(text).toContain('use &lt;script> no more');
	});

	it('is cut at a line where GitHub would refuse it, and says so', () => {
		const text = notes({changes: Array.from({length: 3000}, (_, index) => change(`fix: number ${index} 🫖`))});
		expect(text.length).toBeLessThanOrEqual(MAX_NOTES_LENGTH);
		const [last = '', cut = ''] = text.split('\n\n… ');
		expect(last).toMatch(/\/commit\/1{40}\)\)$/);
		expect(cut).toContain('cut: the notes are longer');
		expect(cut).toContain('/compare/v1.1.0...v1.2.0');
	});

	it('fills a template, dollar signs and all, and leaves what it does not know', () => {
		const template = '# {{version}} of {{date}}\n\n{{changes}}\n\n{{nonsense}} {{constructor}} {{ version }}';
		const text = notes({template, changes: [change('fix: $& costs $1 or {{tag}}')]});
		expect(text).toContain('# 1.2.0 of 2026-11-24');
		expect(text).toContain('$& costs $1 or {{tag}}');
		expect(text).toContain('{{nonsense}} {{constructor}} {{ version }}');
		expect(unknownPlaceholders(template)).toEqual(['nonsense', 'constructor']);
	});
});

describe('webUrlOf', () => {
	it.each([
		['https://github.com/tea/shop.git', 'https://github.com/tea/shop'],
		['https://user:token@github.com/tea/shop', 'https://github.com/tea/shop'],
		['git@github.com:tea/shop.git', 'https://github.com/tea/shop'],
		['ssh://git@git.example:2222/tea/shop.git', 'https://git.example/tea/shop'],
		['git://host.example/tea/shop/', 'https://host.example/tea/shop'],
		['/srv/git/shop.git', undefined],
		['../shop.git', undefined],
		['C:\\shop', undefined],
		['https://github.com/only', undefined],
		['', undefined],
		[undefined, undefined],
	])('of %s is %s', (remote, url) => {
		expect(webUrlOf(remote)).toBe(url);
	});
});
