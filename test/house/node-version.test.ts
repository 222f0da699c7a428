import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {promisify} from 'node:util';
import {parse} from 'acorn';
import {describe, expect, it} from 'vitest';

const run = promisify(execFile);

describe('an unsupported Node', () => {
	it.each(['18.20.4', '20.18.3'])('%s gets one clear line, and exit code 2', async (version) => {
		const pretend = `Object.defineProperty(process.versions, 'node', {value: '${version}'})`;
		const old = run(process.execPath, [
			'--import',
			`data:text/javascript,${encodeURIComponent(pretend)}`,
			'bin/sastaops.js',
			'--version',
		]);

		await expect(old).rejects.toMatchObject({
			code: 2,
			stdout: '',
			stderr: `sastaops needs Node 20.19 or newer; this is Node ${version}. See https://nodejs.org\n`,
		});
	});

	it('can read the file that tells it: nothing newer than what Node 14 knows', async () => {
		const source = await readFile('bin/sastaops.js', 'utf8');
		expect(() => parse(source, {ecmaVersion: 2020, sourceType: 'module', allowHashBang: true})).not.toThrow();
	});
});
