import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {hasOpenQuote, splitArgv} from '../../src/kernel/argv.js';

describe('splitArgv', () => {
	it.each([
		['npm test', ['npm', 'test']],
		['  npm \t run\n x ', ['npm', 'run', 'x']],
		['sh -c "echo a b"', ['sh', '-c', 'echo a b']],
		['sh -c \'echo "a" \\n\'', ['sh', '-c', 'echo "a" \\n']],
		['a""b', ['ab']],
		["say ''", ['say', '']],
		['a\\ b', ['a b']],
		['"a\\"b"', ['a"b']],
		['$HOME *.ts; rm -rf /', ['$HOME', '*.ts;', 'rm', '-rf', '/']],
		['ends-with\\', ['ends-with\\']],
		['', []],
		['   ', []],
	])('parts %j', (text, words) => {
		expect(splitArgv(text)).toEqual(words);
	});

	it('gives back every list of words that was quoted', () => {
		const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
		fc.assert(
			fc.property(fc.array(fc.string({unit: 'grapheme'})), (words) => {
				expect(splitArgv(words.map(quote).join(' '))).toEqual(words);
			}),
		);
	});

	it.each([
		["echo it's done", true],
		['"npm test', true],
		["echo it\\'s done", false],
		['"it\'s"', false],
	])('knows whether %j has a quote that is never closed: %s', (text, isOpen) => {
		expect(hasOpenQuote(text)).toBe(isOpen);
	});
});
