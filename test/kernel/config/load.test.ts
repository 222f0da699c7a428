// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of a configuration look like this.
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type LoadedConfig, loadConfig} from '../../../src/kernel/config/load.js';
import {isSastaError, type SastaError} from '../../../src/kernel/errors.js';
import {makeRedactor} from '../../../src/kernel/redact.js';
import {temporaryFolder} from '../../support/folder.js';

type Setting = {readonly env?: Record<string, string>; readonly file?: string; readonly named?: string};

/** Loads a configuration from a folder that holds this text. */
async function load(text: string | Uint8Array | undefined, {env = {}, file = 'sastaops.yaml', named}: Setting = {}) {
	const cwd = await temporaryFolder();
	await mkdir(join(cwd, '.git'));
	await writeFile(join(cwd, '.git', 'HEAD'), 'ref: refs/heads/main\n');
	if (text !== undefined) await writeFile(join(cwd, file), text);
	const redactor = makeRedactor();
	const loaded = await loadConfig({cwd, env, addSecret: redactor.add}, named);
	return {...loaded, cwd, redact: redactor.redact};
}

/** The problems of a configuration, without the file's folder. */
async function problemsOf(text: string | Uint8Array, setting: Setting = {}): Promise<string[]> {
	const error = await load(text, setting).then(
		() => {
			throw new Error('it was accepted');
		},
		(caught: unknown) => caught,
	);
	if (!isSastaError(error, 'CONFIG_INVALID')) throw error;
	expect(error.exitCode).toBe(2);
	return error.details.map((line) => line.replace(/^\/\S*\//, ''));
}

describe('a configuration', () => {
	it('that is missing is all defaults', async () => {
		const {config, file, origins} = await load(undefined);
		expect(file).toBeUndefined();
		expect(origins).toEqual([]);
		expect(config).toMatchObject({release: {branch: 'main', tagPrefix: 'v'}, backup: {engine: 'auto'}});
	});

	it.each(['', '# only a comment\n', '{}', 'version: 1\n', 'shop:\n  # name: tea\nrelease:\n'])(
		'of %j is all defaults',
		async (text) => {
			expect((await load(text)).config.shop.name).toBe('sastabazar');
		},
	);

	it('is found upwards, as far as the repository’s top', async () => {
		const outer = await temporaryFolder();
		await writeFile(join(outer, 'sastaops.yaml'), 'shop: {name: outside}');
		const top = join(outer, 'shop');
		await mkdir(join(top, '.git'), {recursive: true});
		await writeFile(join(top, '.git', 'HEAD'), '');
		await mkdir(join(top, 'a', 'b'), {recursive: true});
		const load = (cwd: string) => loadConfig({cwd, env: {}, addSecret: () => undefined});
		expect((await load(join(top, 'a', 'b'))).file).toBeUndefined();
		await writeFile(join(top, 'sastaops.yml'), 'shop: {name: top}');
		expect(await load(join(top, 'a', 'b'))).toMatchObject({root: top, config: {shop: {name: 'top'}}});
	});

	it('may be JSON, with tabs', async () => {
		const {config} = await load(JSON.stringify({shop: {name: 'tea'}}, null, '\t'), {file: 'sastaops.json'});
		expect(config.shop.name).toBe('tea');
	});

	it.each([
		['missing.yaml', 'CONFIG_NOT_FOUND'],
		['.git', 'CONFIG_UNREADABLE'],
	])('named as %s is %s', async (named, code) => {
		await expect(load('', {named})).rejects.toMatchObject({code, exitCode: 2});
	});
});

describe('problems', () => {
	it('are told all at once, each with its line and column', async () => {
		const text = [
			'shop:',
			'  url: ftp://shop',
			'release:',
			'  brnach: main',
			'  deploy:',
			'    verify: {timeout: soon}',
			'backup:',
			'  keep:',
			'    last: 0',
			'database:',
			'  uri: ${NOT_SET}',
		].join('\n');
		const problems = await problemsOf(text);
		expect(problems).toEqual(
			expect.arrayContaining([
				expect.stringMatching(/^sastaops\.yaml:2:3 {2}shop\.url: /),
				'sastaops.yaml:4:3  release.brnach: unknown key (did you mean branch?)',
				expect.stringMatching(/^sastaops\.yaml:6:14 {2}release\.deploy\.verify\.timeout: must be a duration/),
				expect.stringMatching(/^sastaops\.yaml:9:5 {2}backup\.keep\.last: /),
				'sastaops.yaml:11:3  database.uri: the environment variable NOT_SET is not set',
			]),
		);
		expect(problems).toHaveLength(5);
	});

	it.each([
		['relaese: {}', 'relaese', 'release'],
		['release: {tagprefix: v}', 'release.tagprefix', 'tagPrefix'],
		['database: {nmae: shop}', 'database.nmae', 'name'],
		['database: {state: {url: x}}', 'database.state.url', 'uri'],
		['database: {indexes: {users: [{keys: {a: 1}, uniqe: true}]}}', 'database.indexes.users.0.uniqe', 'unique'],
		['release: {deploy: {command: {run: x, timout: 5s}}}', 'release.deploy.command.timout', 'timeout'],
		['release: {checks: [{run: x, shel: true}]}', 'release.checks.0.shel', 'shell'],
		['release: {maintenance: {on: x, oof: y}}', 'release.maintenance.oof', 'off'],
		['backup: {keep: {dayly: 3}}', 'backup.keep.dayly', 'daily'],
	])('of an unknown key name the nearest known one: %s', async (text, path, suggestion) => {
		expect((await problemsOf(text)).join('\n')).toContain(`${path}: unknown key (did you mean ${suggestion}?)`);
	});

	it('of an unknown key like no other suggest nothing', async () => {
		expect(await problemsOf('zzzzzz: 1')).toEqual(['sastaops.yaml:1:1  zzzzzz: unknown key']);
	});

	it.each([
		['database: mysql', 'database: '],
		['database: []', 'database: '],
		['database: {name: "a b"}', 'database.name: is not a legal database name'],
		['shop: 5', 'shop: '],
		['shop: {name: "tea\\nSastaops-Run: x"}', 'shop.name: must be one line'],
		['release: {checks: [" "]}', 'release.checks.0: must name a program'],
		['release: {checks: ["echo it\'s"]}', 'release.checks.0: has a quote that is never closed'],
		['version: 2', 'version: '],
		['- a\n- b', 'must be a map of settings'],
		['just words', 'must be a map of settings'],
		['a: *nowhere', 'nowhere'],
		['a: 1\na: 2', 'unique'],
		['a: {b: [}', ''],
		['---\na: 1\n---\nb: 2', 'multiple documents'],
	])('of %j say what is wrong', async (text, words) => {
		const env = {MONGODB_URI: 'mongodb://h', SASTAOPS_SHOP_URL: 'http://shop'};
		const problems = await problemsOf(text, {env});
		expect(problems.join('\n')).toContain(words);
		expect(problems.join('\n')).toContain('sastaops.yaml');
	});

	it('of a value from the environment name the variable, not a line of the file', async () => {
		const problems = await problemsOf('shop:\n  url: http://shop\n', {env: {SASTAOPS_SHOP_URL: 'nonsense'}});
		expect(problems).toEqual([expect.stringMatching(/^SASTAOPS_SHOP_URL {2}shop\.url: /)]);
	});

	it.each([
		['binary', Buffer.from(Array.from({length: 512}, (_, index) => (index * 7919) % 256))],
		['NULs', Buffer.alloc(100)],
		['UTF-16', Buffer.from('shop: {name: tea}', 'utf16le')],
		['nesting without end', Buffer.from('['.repeat(50_000))],
		['aliases that multiply', Buffer.from(billionLaughs())],
	])('of %s are problems, not crashes', async (_what, bytes) => {
		expect((await problemsOf(bytes)).length).toBeGreaterThan(0);
	});

	it('are all a user can ever get, whatever stands in the file', async () => {
		const cwd = await temporaryFolder();
		const attempt = async (text: string): Promise<LoadedConfig | SastaError> => {
			await writeFile(join(cwd, 'sastaops.yaml'), text);
			return loadConfig({cwd, env: {HOME: '/root'}, addSecret: () => undefined}).catch((error: unknown) => {
				if (isSastaError(error)) return error;
				throw error;
			});
		};
		const keys = fc.constantFrom('shop', 'release', 'database', 'backup', 'name', 'uri', 'checks', '__proto__', 'run');
		const {tree} = fc.letrec((tie) => ({
			tree: fc.oneof(
				{depthSize: 'medium'},
				fc.constantFrom<unknown>('x', 1, null, true, '${HOME}', '${NONE}', '${NONE:-y}', '${file:/nowhere}', '1h', NaN),
				fc.dictionary(keys, tie('tree'), {maxKeys: 4}),
				fc.array(tie('tree'), {maxLength: 3}),
			),
		}));
		await fc.assert(
			fc.asyncProperty(
				fc.oneof(
					tree.map((value) => JSON.stringify(value) ?? ''),
					fc.string(),
				),
				async (text) => {
					await attempt(text);
				},
			),
			{numRuns: 150},
		);
	});
});

describe('references', () => {
	it('take variables, fallbacks and files', async () => {
		const cwd = await temporaryFolder();
		await writeFile(join(cwd, 'uri'), 'mongodb://asha:s3cret-word@db\n');
		await writeFile(
			join(cwd, 'sastaops.yaml'),
			[
				'shop: {name: "${A}-${B:-tea}-${C:-}x", environment: "${EMPTY:-production}"}',
				'database: {uri: "${file:uri}"}',
				'release: {assets: ["$A", "$${A}", "${not a name}"]}',
			].join('\n'),
		);
		const redactor = makeRedactor();
		const {config} = await loadConfig({cwd, env: {A: 'a', EMPTY: ''}, addSecret: redactor.add});
		expect(config.shop).toMatchObject({name: 'a-tea-x', environment: 'production'});
		expect(config.database).toMatchObject({uri: 'mongodb://asha:s3cret-word@db'});
		expect(config.release.assets).toEqual(['$A', '$a', '${not a name}']);
		expect(redactor.redact('it is s3cret-word')).toBe('it is ***');
	});

	it.each([
		['shop: {name: "${EMPTY}"}', 'the environment variable EMPTY is not set'],
		['shop: {name: "${file:gone}"}', 'the file gone cannot be read'],
		['shop: {name: "${file:.git}"}', 'the file .git cannot be read'],
	])('to what is not there are problems: %s', async (text, words) => {
		const problems = await problemsOf(text, {env: {EMPTY: ''}});
		expect(problems.filter((line) => line.includes(words))).toHaveLength(1);
	});

	it('are not looked for inside what a variable holds', async () => {
		expect((await load('shop: {name: "${A}"}', {env: {A: '${B}', B: 'b'}})).config.shop.name).toBe('${B}');
	});
});

describe('precedence', () => {
	const FILE = 'shop: {url: http://file}\ndatabase: {uri: mongodb://file, name: file}\n';

	it('SASTAOPS_ variables stand above the file, and are named as origins', async () => {
		const {config, origins, cwd} = await load(FILE, {
			env: {
				SASTAOPS_SHOP_URL: 'http://env',
				SASTAOPS_DATABASE_URI: 'mongodb://env',
				SASTAOPS_STATE_URI: 'mongodb://st',
			},
		});
		expect(config).toMatchObject({
			shop: {url: 'http://env'},
			database: {uri: 'mongodb://env', name: 'file', state: {uri: 'mongodb://st'}},
		});
		expect(origins).toEqual(
			expect.arrayContaining([
				{path: 'database.name', from: join(cwd, 'sastaops.yaml')},
				{path: 'database.uri', from: 'SASTAOPS_DATABASE_URI'},
			]),
		);
	});

	it('MONGODB_URI only fills what is empty', async () => {
		const env = {MONGODB_URI: 'mongodb://env'};
		expect((await load(FILE, {env})).config.database).toMatchObject({uri: 'mongodb://file'});
		expect((await load('', {env})).config.database).toMatchObject({uri: 'mongodb://env'});
	});

	it('a shop without a database stays without', async () => {
		const env = {MONGODB_URI: 'mongodb://env', SASTAOPS_DATABASE_NAME: 'x'};
		expect((await load('database: none', {env})).config.database).toBe('none');
	});
});

it('passwords and headers that let somebody in are secrets from then on', async () => {
	const {redact} = await load(
		'shop: {headers: {X-Api-Key: open-sesame, Accept: text/html}}\ndatabase: {uri: "mongodb://u:p%40ssword@h"}',
	);
	expect(redact('open-sesame p@ssword text/html')).toBe('*** *** text/html');
});

function billionLaughs(): string {
	const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
	for (let level = 1; level < 10; level++)
		lines.push(`a${level}: &a${level} [${Array.from({length: 10}, () => `*a${level - 1}`).join(', ')}]`);
	return lines.join('\n');
}
