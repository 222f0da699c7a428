import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {nearest} from '../kernel/suggest.js';
import type {Check} from './check.js';
import {ALIASES, GROUP_NAMES, GROUPS} from './groups.js';

/**
 * The checks that some words name: groups (`tls`), other words for groups (`security`), ids (`tls.protocol`), or the
 * beginning of ids (`tls.cert`). All of them without a word. In the order of the catalogue, each once.
 * @throws SastaError AUDIT_UNKNOWN_CHECK
 */
export function selectChecks(words: readonly string[], catalogue: readonly Check[]): readonly Check[] {
	if (words.length === 0) return catalogue;
	const wanted = new Set<Check>();
	const unknown: string[] = [];
	for (const word of words.map((typed) => typed.toLowerCase())) {
		const found = catalogue.filter((check) => isNamedBy(check, word));
		if (found.length === 0 && !(word in GROUPS) && !Object.hasOwn(ALIASES, word)) unknown.push(word);
		for (const check of found) wanted.add(check);
	}
	if (unknown.length > 0) {
		const known = [...GROUP_NAMES, ...Object.keys(ALIASES), ...catalogue.map(({id}) => id)];
		throw new SastaError(
			'AUDIT_UNKNOWN_CHECK',
			`There is no check or group ${unknown.map((word) => `"${word}"`).join(', ')}`,
			{
				exitCode: EXIT.usage,
				details: unknown.flatMap((word) => {
					const near = nearest(word, known);
					return near === undefined ? [] : [`${word}: did you mean ${near}?`];
				}),
				hint: `The groups are ${GROUP_NAMES.join(', ')}; see all checks with sastaops audit --list`,
			},
		);
	}
	return catalogue.filter((check) => wanted.has(check));
}

function isNamedBy({id, group}: Check, word: string): boolean {
	if (word in GROUPS) return group === word;
	const groups = Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined;
	if (groups !== undefined) return groups.includes(group);
	return id === word || id.startsWith(`${word}.`);
}
