import {readdir, readFile} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';

/** Stops a process (SIGSTOP) and waits until all its threads stand still: on a busy machine one may answer meanwhile. */
export async function freeze(pid: number): Promise<void> {
	process.kill(pid, 'SIGSTOP');
	const folder = `/proc/${pid}/task`;
	for (let tries = 0; tries < 500; tries++) {
		// Without /proc there is nothing to see.
		const threads = await readdir(folder).catch(() => []);
		const stats = await Promise.all(
			threads.map((thread) => readFile(`${folder}/${thread}/stat`, 'utf8').catch(() => '')),
		);
		if (stats.every((stat) => stat === '' || /\) T /.test(stat))) return;
		await delay(10);
	}
	throw new Error(`Process ${pid} does not stop`);
}
