import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmod, copyFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {describe, expect, it} from 'vitest';
import {processStartedAt} from '../../src/ports/process-table.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost} from '../support/host.js';

const startedAt = (pid: number | undefined) => processStartedAt(pid ?? 0, makeTestHost());

describe.runIf(process.platform === 'linux')('processStartedAt', () => {
	it('tells a process again, and two processes apart', async () => {
		const own = await startedAt(process.pid);
		expect(own).toMatch(/^[0-9a-f-]{36} pid:\[\d+\]\/\d+$/);
		expect(await startedAt(process.pid)).toBe(own);
		await delay(30);
		const child = spawn('sleep', ['30']);
		expect(await startedAt(child.pid)).not.toBe(own);
		child.kill();
		await once(child, 'exit');
		expect(await startedAt(child.pid)).toBeUndefined();
	});

	it('reads past a name that holds blanks and brackets', async () => {
		const program = join(await temporaryFolder(), 'x) Z 1 (');
		await copyFile('/bin/sleep', program);
		await chmod(program, 0o755);
		const child = spawn(program, ['30']);
		expect(await startedAt(child.pid)).toMatch(/\/\d+$/);
		child.kill('SIGKILL');
	});

	it('takes a zombie for gone', async () => {
		// The shell never waits for its child: it becomes one when it ends.
		const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30']);
		const [line] = (await once(parent.stdout, 'data')) as [Buffer];
		await expect.poll(() => startedAt(Number(line))).toBeUndefined();
		parent.kill('SIGKILL');
	});
});
