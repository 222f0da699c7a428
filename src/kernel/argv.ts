/**
 * The words of a command line: parted at blanks, grouped by single or double quotes, a backslash takes the next
 * character as it is. No variables, no globs: what a shell would do beyond this needs a shell.
 */
export function splitArgv(text: string): string[] {
	return parse(text).words;
}

/** Whether a quote is opened and never closed: `echo it's done`. */
export function hasOpenQuote(text: string): boolean {
	return parse(text).quote !== undefined;
}

function parse(text: string): {words: string[]; quote: string | undefined} {
	const words: string[] = [];
	let word: string | undefined;
	let quote: string | undefined;
	for (let index = 0; index < text.length; index++) {
		const character = text[index] ?? '';
		if (character === '\\' && quote !== "'" && index + 1 < text.length) word = (word ?? '') + (text[++index] ?? '');
		else if (quote !== undefined) {
			if (character === quote) quote = undefined;
			else word = (word ?? '') + character;
		} else if (character === '"' || character === "'") {
			quote = character;
			word ??= '';
		} else if (/\s/.test(character)) {
			if (word !== undefined) words.push(word);
			word = undefined;
		} else word = (word ?? '') + character;
	}
	return {words: word === undefined ? words : [...words, word], quote};
}
