import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {errorCode} from '../errors.js';
import type {Host} from '../host.js';

export type Expanded = {
	readonly value: object;
	readonly problems: readonly {readonly path: readonly PropertyKey[]; readonly message: string}[];
	/** Values read from files; variables are secrets by their own names. */
	readonly secrets: readonly string[];
};

const REFERENCE = /\$\{(?:(?<file>file:[^}]+)|(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<fallback>[^}]*))?)\}/g;

/**
 * Replaces `${NAME}`, `${NAME:-fallback}` and `${file:path}` in every string. A variable that is not set is a problem,
 * never an empty string; one trailing line end of a file is cut off.
 */
export async function expandReferences(raw: object, env: Host['env'], root: string): Promise<Expanded> {
	const problems: {path: readonly PropertyKey[]; message: string}[] = [];
	const secrets: string[] = [];

	const expandText = async (text: string, path: readonly PropertyKey[]): Promise<string> => {
		let result = '';
		let end = 0;
		for (const match of text.matchAll(REFERENCE)) {
			const {file, name = '', fallback} = match.groups ?? {};
			result += text.slice(end, match.index);
			end = match.index + match[0].length;
			if (file !== undefined) {
				const content = await readSecret(resolve(root, file.slice('file:'.length)));
				if (content === undefined)
					problems.push({path, message: `the file ${file.slice('file:'.length)} cannot be read`});
				else secrets.push(content);
				result += content ?? '';
			} else {
				// Set but empty is not set: so CI systems hand over a secret that is missing.
				const value = env[name] || fallback;
				if (value === undefined) problems.push({path, message: `the environment variable ${name} is not set`});
				result += value ?? '';
			}
		}
		return result + text.slice(end);
	};
	const expand = async (value: unknown, path: readonly PropertyKey[]): Promise<unknown> => {
		if (typeof value === 'string') return expandText(value, path);
		if (Array.isArray(value)) return Promise.all(value.map((item, index) => expand(item, [...path, index])));
		if (typeof value !== 'object' || value === null) return value;
		const entries = await Promise.all(
			Object.entries(value).map(async ([key, item]) => [key, await expand(item, [...path, key])] as const),
		);
		return Object.fromEntries(entries);
	};
	return {value: (await expand(raw, [])) as object, problems, secrets};
}

async function readSecret(file: string): Promise<string | undefined> {
	try {
		return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
	} catch (error) {
		if (typeof errorCode(error) === 'string') return undefined;
		throw error;
	}
}
