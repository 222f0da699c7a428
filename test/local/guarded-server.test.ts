import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {packageFile} from '../../src/kernel/package-file.js';
import {startGuarded} from '../../src/local/guarded-server.js';
import {makeTestHost} from '../support/host.js';

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'sastaops-guard-'));
});
afterAll(() => rm(folder, {recursive: true, force: true}));

/** Writes its pid to a file and stays, deaf to TERM if asked. */
const server = (pidFile: string, {deaf = false} = {}) => [
	process.execPath,
	'-e',
	`${deaf ? "process.on('SIGTERM', () => {});" : ''}
	require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
	setInterval(() => {}, 1000);`,
];

it('ends the server, and deletes its folder, when the owner is killed by SIGKILL', async () => {
	const pidFile = join(folder, 'orphan.pid');
	const storage = await mkdtemp(join(folder, 'storage-'));
	const argv = [packageFile('templates', 'local', 'guard.sh'), storage, ...server(pidFile)];
	const owner = spawn(process.execPath, [
		'-e',
		`require('child_process').spawn('sh', ${JSON.stringify(argv)}, {stdio: ['pipe', 'ignore', 'ignore'], detached: true});
		setInterval(() => {}, 1000);`,
	]);
	const pid = await pidIn(pidFile);
	expect(isAlive(pid)).toBe(true);

	owner.kill('SIGKILL');
	await once(owner, 'exit');

	await until(() => !isAlive(pid));
	await until(() => !existsSync(storage));
});

it('reports the exit code and the last words of a server that ends by itself', async () => {
	const guarded = startGuarded(makeTestHost(), {
		argv: [process.execPath, '-e', 'console.error("no space left"); process.exitCode = 7'],
		cwd: folder,
	});
	expect(await guarded.ended).toBe(7);
	expect(guarded.stderrTail()).toBe('no space left');
});

it('stops by TERM, kills at once when told, and by abort of the host', async () => {
	const abort = new AbortController();
	for (const [name, end] of [
		['stop', (guarded: ReturnType<typeof startGuarded>) => guarded.stop()],
		['kill', (guarded: ReturnType<typeof startGuarded>) => guarded.kill()],
		['abort', async () => abort.abort(new Error('Ctrl-C'))],
	] as const) {
		const pidFile = join(folder, `${name}.pid`);
		const guarded = startGuarded(makeTestHost({signal: abort.signal}), {
			argv: server(pidFile, {deaf: name === 'kill'}),
			cwd: folder,
		});
		const pid = await pidIn(pidFile);
		await end(guarded);
		await guarded.ended;
		expect(isAlive(pid)).toBe(false);
	}
});

async function pidIn(file: string): Promise<number> {
	let pid = 0;
	await until(async () => {
		pid = Number(await readFile(file, 'utf8').catch(() => ''));
		return pid > 0;
	});
	return pid;
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
	for (let tries = 0; tries < 300; tries++) {
		if (await condition()) return;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error('waited 15 s in vain');
}
