// Keeps one mongodump waiting for a server that never answers, so that whatever the tool runs on (wine, where only the
// Windows build can be had) is started for both sides alike, and not once for every call.
import {spawn} from 'node:child_process';
import {createServer} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';

/** Runs `work` meanwhile; without a tool, just runs it. */
export async function withWarmTool([program, ...prefix], work) {
	if (program === undefined) return work();
	const sockets = new Set();
	const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
	await new Promise((done) => silent.listen(0, '127.0.0.1', done));
	const uri = `mongodb://127.0.0.1:${silent.address().port}/?serverSelectionTimeoutMS=86400000`;
	const child = spawn(program, [...prefix, `--uri=${uri}`, '--db=none', '--archive'], {stdio: 'ignore'});
	try {
		while (sockets.size === 0 && child.exitCode === null) await delay(50);
		return await work();
	} finally {
		child.kill();
		for (const socket of sockets) socket.destroy();
		silent.close();
	}
}
