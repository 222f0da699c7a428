import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {EXIT_MEANINGS} from '../../src/kernel/exit-codes.js';
import {type CliResult, makeShop, runBinary, type ShopWorld} from '../support/shop-world.js';
import {chooseSeed, IS_FULL} from '../support/sweep.js';

type Answer = {readonly exitCode: number; readonly error?: {readonly code: string; readonly hint?: string}};

/** Exit codes that a test of this file has seen; at its end every one of the table must be among them. */
const seen = new Set<number>();

/** What no user may ever see, whatever they typed. */
function assertDecent({exitCode, stdout, stderr}: CliResult, what: string): void {
	expect(`${stdout}\n${stderr}`, what).not.toMatch(/^\s+at .+:\d+/m);
	expect(`${stdout}\n${stderr}`, what).not.toMatch(/UnhandledPromise|node:internal|\[object Object\]|undefined/);
	expect(
		EXIT_MEANINGS.map(({code}) => code as number),
		what,
	).toContain(exitCode);
	seen.add(exitCode ?? -1);
}

let shop: ShopWorld;
beforeAll(async () => {
	shop = await makeShop({orders: 5, withoutDatabase: true});
});
afterAll(() => shop.close());

async function type(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult & {answer: Answer}> {
	const result = await shop.sastaops([...args, '--json'], env);
	assertDecent(result, args.join(' '));
	const answer = JSON.parse(result.stdout) as Answer;
	expect(answer.exitCode).toBe(result.exitCode);
	return {...result, answer};
}

describe('what cannot be understood', () => {
	it.each<[string, string[], number, string]>([
		['an unknown command', ['relaese'], 2, 'USAGE'],
		['an unknown command of a group', ['release', 'craete'], 2, 'USAGE'],
		['an unknown flag', ['release', 'create', '1.0.0', '--forse'], 2, 'USAGE'],
		['a missing argument', ['release', 'create'], 2, 'USAGE'],
		['an argument too many', ['release', 'create', '1.0.0', '1.1.0'], 2, 'USAGE'],
		['a flag without its value', ['release', 'list', '--limit'], 2, 'USAGE'],
		['a number that is none', ['release', 'list', '--limit', '-3'], 2, 'USAGE'],
		['no version', ['release', 'create', 'next', '--yes'], 2, 'VERSION_INVALID'],
		['half a version', ['release', 'create', '1.2', '--yes'], 2, 'VERSION_INVALID'],
		[
			'a version that no file name can hold',
			['release', 'create', `1.0.0-${'a'.repeat(220)}`, '--yes'],
			2,
			'VERSION_INVALID',
		],
		['a configuration that is not there', ['release', 'status', '--config', 'nowhere.yaml'], 2, 'CONFIG_NOT_FOUND'],
		['a folder as configuration', ['release', 'status', '--config', '.git'], 2, 'CONFIG_UNREADABLE'],
		['a question that nobody can answer', ['release', 'create', '1.0.0'], 2, 'NEEDS_ANSWER'],
		['nothing to resume', ['release', 'resume'], 4, 'NO_OPEN_RUN'],
		['a release to prove that is not there', ['release', 'verify', '9.9.9'], 1, ''],
		['a backup id with a path in it', ['backup', 'verify', '../../etc/passwd'], 2, 'BACKUP_ID'],
	])('%s', async (_what, args, exitCode, code) => {
		const {answer} = await type(args);
		expect([answer.exitCode, answer.error?.code ?? '']).toEqual([exitCode, code]);
		if (answer.error) expect(answer.error.hint, 'what to do next').toBeTruthy();
	});

	it('suggests the command that was meant', async () => {
		const {stderr, exitCode} = await shop.sastaops(['relaese', 'create', '1.0.0']);
		expect(exitCode).toBe(2);
		expect(stderr).toContain('Did you mean release?');
	});

	it.each([
		['an unknown format', ['--output', 'yaml', 'config', 'show']],
		['a group without a command', ['release']],
	])('%s is told on stderr, nothing on stdout', async (_what, args) => {
		const result = await shop.sastaops(args);
		assertDecent(result, args.join(' '));
		expect(result.exitCode).toBe(2);
		expect(result.stdout).toBe('');
		expect(result.stderr).toMatch(/sastaops: .+/);
	});

	it('prints one line on stdout under jsonl, errors included', async () => {
		for (const args of [
			['--output', 'jsonl', 'nonsense'],
			['release', 'resume', '--output=jsonl'],
		]) {
			const result = await shop.sastaops(args);
			assertDecent(result, args.join(' '));
			expect(result.stdout.trimEnd().split('\n')).toHaveLength(1);
			expect(JSON.parse(result.stdout)).toMatchObject({verdict: 'fail', exitCode: result.exitCode});
		}
	});

	it('exits 0 for help and version', async () => {
		for (const args of [['--help'], ['release', '--help'], ['release', 'create', '--help'], ['--version'], []]) {
			const result = await shop.sastaops(args);
			assertDecent(result, args.join(' '));
			expect([result.exitCode, result.stderr]).toEqual([0, '']);
			expect(result.stdout).not.toBe('');
		}
	});
});

describe('surroundings that cannot be', () => {
	it.each<[string, Record<string, string>, string]>([
		['faults set outside tests', {SASTAOPS_FAULT: 'a=kill', NODE_ENV: 'production'}, 'FAULT_OUTSIDE_TESTS'],
		['a fault that cannot be read', {SASTAOPS_FAULT: 'nonsense'}, 'FAULT_SYNTAX'],
		['no git', {PATH: '/nowhere'}, 'GIT_MISSING'],
		['a configuration named by a variable and missing', {SASTAOPS_CONFIG: 'gone.yaml'}, 'CONFIG_NOT_FOUND'],
	])('%s', async (_what, env, code) => {
		const {answer} = await type(['release', 'status'], env);
		expect(answer).toMatchObject({exitCode: 2, error: {code}});
	});

	it('a folder that is no repository', async () => {
		const result = await runBinary(['release', 'status', '--json'], {cwd: join(shop.cwd, '..'), env: shop.env});
		assertDecent(result, 'no repository');
		expect(JSON.parse(result.stdout)).toMatchObject({exitCode: 2, error: {code: 'NO_REPOSITORY'}});
	});

	it('a folder that is gone', async () => {
		const gone = join(shop.cwd, '..', 'gone');
		await mkdir(gone);
		const {execFile} = await import('node:child_process');
		const result = await new Promise<CliResult>((done) => {
			const script = 'rmdir "$PWD"; exec "$0" "$1" release status --json';
			const args = ['-c', script, process.execPath, join(process.cwd(), 'bin/sastaops.js')];
			const child = execFile('sh', args, {cwd: gone, env: shop.env}, (_error, stdout, stderr) =>
				done({exitCode: child.exitCode, signal: child.signalCode, stdout, stderr}),
			);
		});
		assertDecent(result, 'a folder that is gone');
		expect(JSON.parse(result.stdout)).toMatchObject({exitCode: 2, error: {code: 'FOLDER_GONE'}});
	});

	it('a database that does not answer is an outside failure', async () => {
		const {answer} = await type(['release', 'status', '--config', await configFile('database: {name: shop}\n')], {
			MONGODB_URI: 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300',
		});
		expect(answer).toMatchObject({exitCode: 6, error: {code: 'DATABASE_UNREACHABLE'}});
	});

	it.each([
		['mongodb://', 'DATABASE_URI'],
		['mongodb://h:99999999', 'DATABASE_URI'],
		['mongodb://u:p@ss@h', 'DATABASE_URI'],
		['mongodb://h/?nonsense=1', 'DATABASE_URI'],
	])('the database address %s is refused', async (uri, code) => {
		const config = await configFile('database: {name: shop}\n');
		const {answer, stdout} = await type(['release', 'status', '--config', config], {MONGODB_URI: uri});
		expect(answer).toMatchObject({exitCode: 2, error: {code}});
		expect(stdout).not.toContain('p@ss');
	});

	it('a folder that cannot hold the journal', async () => {
		await rm(join(shop.cwd, '.sastaops'), {recursive: true, force: true});
		await writeFile(join(shop.cwd, '.sastaops'), 'a file');
		await writeFile(join(shop.cwd, '.git', 'info', 'exclude'), '.sastaops\n');
		const {answer} = await type(['release', 'create', '1.0.0', '--yes']);
		expect(answer).toMatchObject({exitCode: 4, error: {code: 'JOURNAL_UNREADABLE'}});
		await rm(join(shop.cwd, '.sastaops'));
		expect((await shop.snapshot()).refs).not.toHaveProperty('refs/tags/v1.0.0');
	});
});

describe('runs that end early', () => {
	it.each<[string, string, number]>([
		['Ctrl-C', 'tag.before=int', 130],
		['SIGTERM', 'tag.before=term', 143],
		['an error', 'tag.before=throw:NO_LUCK', 5],
		['a bug', 'lease.before=torn:0', 70],
	])('%s has its own exit code, and abort takes it back', async (_what, fault, exitCode) => {
		const {answer, result} = await type(['release', 'create', '1.0.0', '--yes'], {SASTAOPS_FAULT: fault}).then(
			({answer, ...result}) => ({answer, result}),
		);
		expect(answer.exitCode, result.stderr).toBe(exitCode);
		const isOpen = exitCode !== 70;
		expect((await type(['release', 'status'])).answer.exitCode).toBe(isOpen ? 5 : 0);
		expect((await type(['release', 'abort', '--yes'])).answer.exitCode).toBe(0);
		expect((await type(['release', 'status'])).answer.exitCode).toBe(0);
	});

	it('a release is done, and what cannot be proved of it is inconclusive', async () => {
		const withoutRemote = {
			GIT_CONFIG_COUNT: '1',
			GIT_CONFIG_KEY_0: 'url./gone.insteadOf',
			GIT_CONFIG_VALUE_0: shop.remote,
		};
		expect((await type(['release', 'create', '1.0.0', '--yes'])).answer.exitCode).toBe(0);
		expect((await type(['release', 'verify', '1.0.0'])).answer.exitCode).toBe(0);
		expect((await type(['release', 'verify', '1.0.0'], withoutRemote)).answer.exitCode).toBe(3);
		expect((await type(['release', 'create', '1.0.0', '--yes'])).answer).toMatchObject({
			exitCode: 4,
			error: {code: 'PREFLIGHT_FAILED'},
		});
	});
});

describe('nonsense', () => {
	const seed = chooseSeed('bad input');
	const numRuns = IS_FULL ? 150 : 3;

	it('as a version is never more than a usage error', async () => {
		const version = fc.oneof(
			fc.string({unit: 'binary', maxLength: 60}),
			fc.stringMatching(/^v?[0-9]{0,20}(\.[0-9a-z-]{0,20}){0,5}(\+[a-z0-9.]{0,9})?$/),
			fc.constantFrom('constructor', '__proto__', '1.0.0\n2.0.0', '99999999999999999999.0.0', '1.0.0 --yes', '-1.0.0'),
		);
		await fc.assert(
			fc.asyncProperty(
				version.filter((text) => !text.includes('\0')),
				async (text) => {
					const args = ['release', 'create', '--dry-run', '--json', '--', text];
					const result = await shop.sastaops(args);
					assertDecent(result, JSON.stringify(text));
					expect([0, 2, 4], `${JSON.stringify(text)}: ${result.stdout}`).toContain(result.exitCode);
				},
			),
			{numRuns, seed},
		);
	}, 600_000);

	it('as a configuration is never more than a usage error', async () => {
		const text = fc.oneof(
			fc.string({unit: 'binary', maxLength: 200}),
			fc.json({maxDepth: 4}),
			fc
				.tuple(fc.constantFrom('shop', 'release', 'database', 'backup'), fc.json())
				.map(([key, value]) => `${key}: ${value}`),
		);
		await fc.assert(
			fc.asyncProperty(text, async (content) => {
				const result = await shop.sastaops(['config', 'show', '--json', '--config', await configFile(content)]);
				assertDecent(result, JSON.stringify(content));
				expect([0, 2], `${JSON.stringify(content)}: ${result.stdout}`).toContain(result.exitCode);
			}),
			{numRuns, seed},
		);
	}, 600_000);
});

it('every exit code of the table was seen', () => {
	expect([...seen].sort()).toEqual(EXIT_MEANINGS.map(({code}) => code as number).sort());
});

/** Another configuration, in a folder that git ignores, so that the work tree stays clean; resolves to its path. */
async function configFile(content: string): Promise<string> {
	const file = join(shop.cwd, 'backups', 'other.yaml');
	await mkdir(join(file, '..'), {recursive: true});
	await writeFile(file, content);
	return file;
}
