import {SastaError} from './errors.js';
import {EXIT} from './exit-codes.js';

export type Matcher = {
	readonly label: string;
	readonly operator: '=' | '!=' | '=~' | '!~';
	/** As it is meant, without quotes and escapes. */
	readonly value: string;
};

type Series = {readonly name: string; readonly labels: Readonly<Record<string, string>>};

/** Which series of a metric are meant: `payments_total{outcome=~"captured|failed",side!="test"}`. */
export type Selector = {
	readonly name: string;
	readonly matchers: readonly Matcher[];
	matches(series: Series): boolean;
};

const NAME = /\s*([a-zA-Z_:][\w:]*)\s*/y;
const MATCHER = /\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)\s*/y;

/** Reads a series selector as Prometheus does. @throws SastaError SELECTOR_INVALID, naming the text */
export function parseSelector(text: string): Selector {
	const name = matchAt(NAME, text, 0);
	if (name === null) throw invalid(text);
	let at = name[0].length;
	const matchers: Matcher[] = [];
	if (text[at] === '{') {
		at++;
		while (text.slice(at).trimStart()[0] !== '}') {
			const match = matchAt(MATCHER, text, at);
			if (match === null) throw invalid(text);
			const [all, label = '', operator, quoted = ''] = match;
			at += all.length;
			if (text[at] === ',') at++;
			else if (text[at] !== '}') throw invalid(text);
			matchers.push({label, operator: operator as Matcher['operator'], value: unquote(quoted, text)});
		}
		at = text.indexOf('}', at) + 1;
	}
	if (text.slice(at).trim() !== '') throw invalid(text);
	return makeSelector(name[1] ?? '', matchers, text);
}

/** The same of its parts. @throws SastaError SELECTOR_INVALID where a pattern is none */
export function makeSelector(name: string, matchers: readonly Matcher[], text = name): Selector {
	const tests = matchers.map((matcher) => testOf(matcher, text));
	return {
		name,
		matchers,
		matches: (series) => series.name === name && tests.every((test) => test(series.labels)),
	};
}

/** As PromQL writes it. */
export function selectorText({name, matchers}: Pick<Selector, 'name' | 'matchers'>): string {
	if (matchers.length === 0) return name;
	return `${name}{${matchers.map(({label, operator, value}) => `${label}${operator}${quote(value)}`).join(',')}}`;
}

/** A string of PromQL: every character comes back as it is. */
export function quote(value: string): string {
	const escaped = value
		.replaceAll(/["\\]/g, '\\$&')
		.replaceAll('\n', '\\n')
		.replaceAll(/\p{Cc}|[\u2028\u2029\ufeff]/gu, (character) => `\\u${hex(character)}`);
	return `"${escaped}"`;
}

function hex(character: string): string {
	return (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
	pattern.lastIndex = at;
	return pattern.exec(text);
}

const ESCAPES: Readonly<Record<string, string>> = {
	a: '\u0007',
	b: '\b',
	f: '\f',
	n: '\n',
	r: '\r',
	t: '\t',
	v: '\v',
	'\\': '\\',
	'"': '"',
	"'": "'",
};

const ESCAPE = /\\(?:([abfnrtv\\"'])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|.)/g;

function unquote(quoted: string, text: string): string {
	const inside = quoted.slice(1, -1);
	if (quoted.startsWith('`')) return inside;
	return inside.replaceAll(ESCAPE, (all, letter?: string, x?: string, u?: string, wide?: string, octal?: string) => {
		const code = octal === undefined ? Number.parseInt(x ?? u ?? wide ?? '', 16) : Number.parseInt(octal, 8);
		if (letter !== undefined) return ESCAPES[letter] ?? letter;
		if (code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code);
		throw new SastaError('SELECTOR_INVALID', `Not a metric's selector: ${text}, as Prometheus knows no ${all}`, {
			exitCode: EXIT.usage,
			hint: `Double the backslash: \\${all}`,
		});
	});
}

function testOf({label, operator, value}: Matcher, text: string): (labels: Series['labels']) => boolean {
	if (operator === '=') return (labels) => (labels[label] ?? '') === value;
	if (operator === '!=') return (labels) => (labels[label] ?? '') !== value;
	let pattern: RegExp;
	try {
		// As Prometheus: the whole value must match.
		pattern = new RegExp(`^(?:${value})$`);
	} catch (error) {
		throw invalid(text, error);
	}
	return (labels) => pattern.test(labels[label] ?? '') === (operator === '=~');
}

function invalid(text: string, cause?: unknown): SastaError {
	return new SastaError('SELECTOR_INVALID', `Not a metric's selector: ${text}`, {
		exitCode: EXIT.usage,
		cause,
		hint: 'Write it such as payments_total{outcome="failed"}',
	});
}
