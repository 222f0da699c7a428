import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';

export type ServedShop = {
	readonly url: string;
	/** As a power cut does it: a transaction may stay open for a minute. */
	kill(): Promise<void>;
	/** As a deployment does it: what has begun is finished. */
	stop(): Promise<void>;
};

/** A shop in a process of its own, as `sastaops serve` starts it. */
export async function serveShop({uri, name}: {readonly uri: string; readonly name: string}): Promise<ServedShop> {
	const child = spawn(process.execPath, ['bin/sastaops.js', 'serve', '--port', '0'], {
		env: {
			...process.env,
			SASTAOPS_DATABASE_URI: uri,
			SASTAOPS_DATABASE_NAME: name,
			RATE_LIMIT_PER_MINUTE: '1000000',
			RATE_LIMIT_STRICT_PER_MINUTE: '1000000',
		},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	const end = async (signal: NodeJS.Signals) => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.kill(signal);
		await once(child, 'exit');
	};
	return {url: await addressOf(child), kill: () => end('SIGKILL'), stop: () => end('SIGTERM')};
}

function addressOf(child: ChildProcess): Promise<string> {
	let said = '';
	return new Promise((resolve, reject) => {
		child.stderr?.on('data', (chunk) => {
			// Read to the end, or the shop would stand still with a full pipe.
			if (said.length > 100_000) return;
			said += chunk;
			const found = /listens on (http:\S+)/.exec(said)?.[1];
			if (found) resolve(found);
		});
		child.on('exit', () => reject(new Error(said)));
	});
}
