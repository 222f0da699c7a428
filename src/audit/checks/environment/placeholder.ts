import type {Variable} from '../../facts/environment-file.js';
import type {Finding} from '../../verdict.js';
import {makeEnvironmentCheck} from './file-check.js';

export const environmentPlaceholder = makeEnvironmentCheck({
	id: 'environment.placeholder',
	title: 'No variable of production still holds a placeholder',
	severity: 'high',
	why: 'What was copied from a template works in no shop, or in everybody’s.',
	fix: 'put the real value in its place',
	judge: judgePlaceholders,
	fine: 'no placeholder is left',
});

export function judgePlaceholders(variables: readonly Variable[]): readonly Finding[] {
	return variables
		.filter(({value}) => isPlaceholder(value))
		.map(({name}) => ({verdict: 'fail', reason: `${name} still holds a placeholder`, subject: name}));
}

/** Words of templates; the whole value, or a part of it that can only be one. */
const WHOLE =
	/^(?:change[-_ ]?me|replace[-_ ]?me|to[-_ ]?do|tbd|fixme|secret|password|passw0rd|none|null|undefined|x{3,}|\.{3,}|\*{3,}|0+|test|dummy|foo|bar|placeholder)$/i;
const PART =
	/<[a-z][\w -]*>|\bYOUR[-_ ][A-Z]|\byour[-_ ](?:key|secret|token|password|domain|value)|change[-_]?me|\{\{.*\}\}/;

function isPlaceholder(value: string): boolean {
	const text = value.trim();
	if (text === '') return false;
	if (WHOLE.test(text) || PART.test(text)) return true;
	if (/^rzp_(?:live|test)_(?:0+|x+|X+)$/.test(text)) return true;
	const [, password, host] = /^[a-z][a-z0-9+.-]*:\/\/[^:/@\s]*:([^@\s]*)@([^/?\s]*)/i.exec(text) ?? [];
	if (password !== undefined && (WHOLE.test(password) || /^pass(?:word)?$/i.test(password))) return true;
	const named = host ?? /^https?:\/\/([^/?\s:]+)/i.exec(text)?.[1] ?? '';
	// RFC 2606 keeps these names for documents.
	return /(?:^|\.)example(?:\.(?:com|org|net))?(?::\d+)?$/i.test(named);
}
