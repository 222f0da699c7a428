import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {parseSelector, quote, selectorText} from '../../src/kernel/selector.js';

describe('a selector', () => {
	it('is read into its parts, with all three quotes and the escapes of PromQL', () => {
		const {name, matchers} = parseSelector(' a:b { c = "d\\"}," , e=~\'f|g\', h!~`\\d+`, i!="\\u00e9\\x41\\101\\n", }');
		expect({name, matchers}).toEqual({
			name: 'a:b',
			matchers: [
				{label: 'c', operator: '=', value: 'd"},'},
				{label: 'e', operator: '=~', value: 'f|g'},
				{label: 'h', operator: '!~', value: '\\d+'},
				{label: 'i', operator: '!=', value: 'éAA\n'},
			],
		});
	});

	it.each([
		['a', 'a'],
		[' a{ } ', 'a'],
		["a{b='c',}", 'a{b="c"}'],
		['a{b=~"2|2\\\\.0"}', 'a{b=~"2|2\\\\.0"}'],
	])('%s is written %s', (text, written) => {
		expect(selectorText(parseSelector(text))).toBe(written);
	});

	it.each([
		'',
		'a{',
		'a{b}',
		'a{b="c"',
		'a{b="c" d="e"}',
		'a{b=~"("}',
		'1a',
		'sum(a)',
		'a{,}',
		'a{b="c"}}',
		'a[5m]',
		'a{b="c"} x',
	])('refuses %s', (text) => {
		expect(() => parseSelector(text)).toThrow(expect.objectContaining({code: 'SELECTOR_INVALID'}));
	});

	it('refuses an escape that Prometheus refuses, and says how it is written', () => {
		expect(() => parseSelector('a{b=~"c\\.d"}')).toThrow(
			expect.objectContaining({hint: 'Double the backslash: \\\\.'}),
		);
	});

	it('comes back from its text whatever a label holds', () => {
		fc.assert(
			fc.property(fc.string({unit: 'grapheme'}), fc.string({unit: 'binary'}), (first, second) => {
				const text = `a{b=${quote(first)},c!=${quote(second)}}`;
				const selector = parseSelector(text);
				expect(selector.matchers.map(({value}) => value)).toEqual([first, second]);
				expect(selectorText(selector)).toBe(text);
			}),
		);
	});
});
