import {readFile, readlink} from 'node:fs/promises';
import {errorCode} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import {runProcess} from './process.js';

/**
 * When a process on this machine started, in words only good for comparing; undefined when there is no such process.
 * A pid alone is not enough to know a process again: it is reused. On Linux, boot and pid namespace stand before a slash:
 * the pids of another machine or container say nothing here.
 */
export async function processStartedAt(
	pid: number,
	host: Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs' | 'platform'>,
): Promise<string | undefined> {
	if (host.platform === 'linux') return startTicks(pid);
	if (host.platform === 'win32') return isAlive(pid) ? 'alive' : undefined;
	const {exitCode, stdout} = await runProcess(host, {
		argv: ['ps', '-o', 'lstart=', '-p', String(pid)],
		timeoutMs: 5000,
	});
	return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/** Field 22 of /proc/<pid>/stat; the name in field 2 may hold blanks and brackets. A zombie is no process any more. */
async function startTicks(pid: number): Promise<string | undefined> {
	try {
		const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
		const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		const ticks = fields[18];
		return state === 'Z' || ticks === undefined ? undefined : `${await pidSpace()}/${ticks}`;
	} catch (error) {
		const code = errorCode(error);
		if (code === 'ENOENT' || code === 'ESRCH') return undefined;
		throw error;
	}
}

async function pidSpace(): Promise<string> {
	const [boot, namespace] = await Promise.all([
		readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
		readlink('/proc/self/ns/pid'),
	]);
	return `${boot.trim()} ${namespace}`;
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return errorCode(error) === 'EPERM';
	}
}
