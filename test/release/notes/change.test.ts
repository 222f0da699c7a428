import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {isNoteworthy, readChange} from '../../../src/release/notes/change.js';

const read = (message: string) =>
	readChange({hash: 'a'.repeat(40), authorName: 'Asha', authorEmail: 'a@x', date: '2026-11-24T00:00:00Z', message});

const KINDS = ['breaking', 'feature', 'fix', 'performance', 'revert', 'other'];

describe('readChange', () => {
	it.each([
		['feat: add tea', {kind: 'feature', type: 'feat', subject: 'add tea'}],
		['Fix(cart): count', {kind: 'fix', type: 'fix', scope: 'cart', subject: 'count'}],
		['perf: faster', {kind: 'performance'}],
		['chore: tidy', {kind: 'other', type: 'chore'}],
		['feat!: new API', {kind: 'breaking', breaking: 'new API'}],
		['fix(api)!: no more v1', {kind: 'breaking', scope: 'api'}],
		['feat: x\n\nBREAKING CHANGE: the old\nis gone', {kind: 'breaking', breaking: 'the old\nis gone'}],
		['feat: x\n\nBREAKING-CHANGE: gone', {kind: 'breaking', breaking: 'gone'}],
		['feat: x\n\nno BREAKING CHANGE here', {kind: 'feature', breaking: undefined}],
		['Make tea', {kind: 'other', type: undefined, subject: 'Make tea'}],
		['', {kind: 'other', subject: '(no message)'}],
		['\n\n', {kind: 'other', subject: '(no message)'}],
		['Revert "feat: add tea"\n\nThis reverts commit abcdef1.', {kind: 'revert'}],
		['constructor: __proto__', {kind: 'other', type: 'constructor'}],
		['fix: a\n\nCloses #12, owner/shop#13', {kind: 'fix'}],
	])('of %j', (message, change) => {
		expect(read(message)).toMatchObject(change);
	});

	it('names the issues once each', () => {
		expect(read('fix: x (#7)\n\nCloses #12\nSee #12').references.toSorted()).toEqual(['#12', '#7']);
	});

	it.each([
		['one long word', 'x'.repeat(1_000_000)],
		['many words', 'x y '.repeat(250_000)],
		['many lines', 'ab: c\n'.repeat(170_000)],
		['many issues', 'see #1 '.repeat(140_000)],
	])('reads a message of a megabyte at once: %s', (_title, body) => {
		const startedMs = performance.now();
		const change = read(`feat: tea\n\nBREAKING CHANGE: cups\n${body}\n\nCloses #12`);
		expect(performance.now() - startedMs).toBeLessThan(1000);
		expect(change).toMatchObject({kind: 'breaking', subject: 'tea'});
		expect(change.references).toContain('#12');
	});

	it('takes an issue of another repository for none of ours', () => {
		expect(read('fix: x\n\nSee owner/shop#13 and a#b and &#39; and #14.').references).toEqual(['#14']);
	});

	it('can be had of any message', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string({unit: 'binary'}), fc.stringMatching(/^[a-z(!): #\n-]{0,60}$/)), (message) => {
				const {kind, subject} = read(message);
				expect(KINDS).toContain(kind);
				expect(subject).not.toBe('');
			}),
		);
	});
});

describe('isNoteworthy', () => {
	it.each([
		['feat: tea', true],
		['fix: tea', true],
		['Make tea', true],
		['chore: tidy', false],
		['docs: say', false],
		["Merge branch 'main' into x", false],
		['Merge pull request #7 from a/b\n\nfeat: tea', false],
		["Merge remote-tracking branch 'origin/main'", false],
		["Merge tag 'v1.0.0'", false],
		["Merge commit 'abcdef1'", false],
		['Merge carts of two visits', true],
	])('%j: %s', (message, isNoteworthyOne) => {
		expect(isNoteworthy(read(message))).toBe(isNoteworthyOne);
	});
});
