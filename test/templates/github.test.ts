import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import {splitArgv} from '../../src/kernel/argv.js';
import {writeFiles} from '../audit/audit-folder.js';
import {temporaryFolder} from '../support/folder.js';
import {runBinary} from '../support/shop-world.js';

const FOLDER = join(import.meta.dirname, '../../templates/github');

type Workflow = {
	readonly on: object;
	readonly permissions: Readonly<Record<string, string>>;
	readonly jobs: Readonly<Record<string, {readonly steps: readonly {readonly run?: string; readonly uses?: string}[]}>>;
};

const workflows = await Promise.all(
	(await readdir(FOLDER)).map(
		async (name) => [name, parse(await readFile(join(FOLDER, name), 'utf8')) as Workflow] as const,
	),
);

describe.each(workflows)('the workflow %s', (_, {permissions, jobs}) => {
	const steps = Object.values(jobs).flatMap((job) => job.steps);

	it('asks for the rights it needs, by name, and puts nothing of an event into a command', () => {
		expect(Object.keys(permissions)).toContain('contents');
		for (const {run = ''} of steps) expect(run).not.toContain('github.event');
		for (const {uses} of steps) expect(uses ?? 'a@v1').toMatch(/@(?:v\d+|[0-9a-f]{40})$/);
	});

	it('runs commands that there are, with flags that they have', async () => {
		const commands = steps.flatMap(({run}) => (run === undefined ? [] : [run]));
		expect(commands.length).toBeGreaterThan(0);
		for (const command of commands) {
			const cwd = await temporaryFolder();
			await writeFiles(cwd, {'sastaops.yaml': 'shop: {url: "http://127.0.0.1:9"}\n'});
			const [, args = ''] = /^npx --yes sastaops (.+?)(?: >> "\$GITHUB_STEP_SUMMARY")?$/.exec(command) ?? [];

			const {exitCode, stderr} = await runBinary([...splitArgv(args)], {
				cwd,
				env: {PATH: process.env['PATH'] ?? '', HOME: cwd, GITHUB_STEP_SUMMARY: join(cwd, 'summary.md')},
			});

			expect(args, command).not.toBe('');
			// The shop does not answer; what matters is that the command was understood.
			expect([1, 3, 6], `${command}\n${stderr}`).toContain(exitCode);
		}
	});
});
