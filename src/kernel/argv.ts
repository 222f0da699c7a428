/**
 * The words of a command line: parted at blanks, grouped by single or double quotes, a backslash takes the next
 * character as it is. No variables, no globs: what a shell would do beyond this needs a shell.
 */
export function splitArgv(text: string): string[] {
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
	return word === undefined ? words : [...words, word];
}
