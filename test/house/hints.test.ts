import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Command} from 'commander';
import {describe, expect, it} from 'vitest';
import {addAlert} from '../../src/cli/alert.js';
import {addBackup} from '../../src/cli/backup.js';
import {addConfig} from '../../src/cli/config.js';
import {addDb} from '../../src/cli/db.js';
import {addDbLoad} from '../../src/cli/db-load.js';
import {addDemo} from '../../src/cli/demo.js';
import {addGateway} from '../../src/cli/gateway.js';
import {addRelease} from '../../src/cli/release.js';
import {addServe} from '../../src/cli/serve.js';

/** Every command there is, by its full name, with its options. */
function commandTable(): Map<string, string[]> {
	const program = new Command('sastaops');
	const actions = {run: () => async () => undefined, fail: () => 0 as const};
	for (const add of [addRelease, addAlert, addBackup, addDb, addDbLoad, addConfig, addServe, addGateway, addDemo])
		add(program, actions);
	const table = new Map<string, string[]>();
	const visit = (command: Command, path: string) => {
		table.set(
			path,
			command.options.map(({long}) => long ?? ''),
		);
		for (const child of command.commands) visit(child, `${path} ${child.name()}`.trim());
	};
	visit(program, '');
	return table;
}

/** `sastaops release rollback 1.0 --data restore` as it stands in strings, comments left out. */
function namedCommands(): {file: string; words: string[]}[] {
	const files = readdirSync('src', {recursive: true, encoding: 'utf8'}).filter((path) => path.endsWith('.ts'));
	return files.flatMap((file) => {
		const code = readFileSync(join('src', file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
		return [
			...code.matchAll(/\bsastaops ((?:release|alert|backup|db-load|db|config|serve|gateway|demo)\b[^'`"\n;,.)\\]*)/g),
		].map(([, text = '']) => ({
			file,
			words: text.trim().split(/\s+/),
		}));
	});
}

describe('a command that a message names', () => {
	const table = commandTable();
	const groups = new Set(
		[...table.keys()].flatMap((path) =>
			path
				.split(' ')
				.slice(0, -1)
				.map((_, index, all) => all.slice(0, index + 1).join(' ')),
		),
	);

	it('is there, with the options it is named with', () => {
		const named = namedCommands();
		expect(named.length).toBeGreaterThan(40);
		const wrong = named.filter(({words}) => {
			let path = '';
			let rest = words;
			while (rest[0] !== undefined && table.has(`${path} ${rest[0]}`.trim())) {
				path = `${path} ${rest[0]}`.trim();
				rest = rest.slice(1);
			}
			// A group with a word behind it that is no command of it; a placeholder is no word.
			const isStray = groups.has(path) && /^[a-z][a-z-]+$/.test(rest[0] ?? '');
			const options = [...(table.get('') ?? []), ...(table.get(path) ?? []), '--yes', '--json', '--help'];
			const strange = rest
				.filter((word) => /^--[a-z]/.test(word))
				.filter((word) => !options.includes(word.replace(/=.*/, '')));
			return isStray || strange.length > 0;
		});
		expect(wrong.map(({file, words}) => `${file}: sastaops ${words.join(' ')}`)).toEqual([]);
	});
});
