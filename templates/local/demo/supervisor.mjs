// Stands for a production machine: runs the shop in the version that wanted.json names, and again when it dies.
//   node supervisor.mjs SASTAOPS PORT
// SASTAOPS is the path of bin/sastaops.js. TERM stops the shop, then the supervisor.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';

const [, , sastaops, port] = process.argv;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

let running = {version: undefined, process: undefined};
while (!stop.signal.aborted) {
	const wanted = readWanted();
	const isDead = running.process !== undefined && running.process.exitCode !== null;
	if (wanted && (wanted.version !== running.version || isDead)) {
		await end(running.process);
		running = {version: wanted.version, process: start(wanted)};
	}
	await sleep(100, undefined, {signal: stop.signal}).catch(() => undefined);
}
await end(running.process);

function readWanted() {
	try {
		return JSON.parse(readFileSync('wanted.json', 'utf8'));
	} catch {
		return undefined;
	}
}

function start({version, commit, config}) {
	const args = [sastaops, 'serve', '--port', port, '--quiet', '--config', config];
	const env = {...process.env, SHOP_VERSION: version, SHOP_COMMIT: commit};
	return spawn(process.execPath, args, {env, stdio: 'ignore'});
}

async function end(child) {
	if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, 'exit');
	child.kill('SIGTERM');
	await ended;
}
