import type {Server} from 'node:http';

export type UnderWay = {
	/** Resolves when no request is being answered. */
	settled(): Promise<void>;
};

/** Counts the requests under way, so that a shutdown knows when the last is answered. */
export function countUnderWay(server: Server): UnderWay {
	let count = 0;
	let waiting: (() => void)[] = [];
	server.on('request', (_request, response) => {
		count++;
		// Comes once for each response, sent or given up.
		response.once('close', () => {
			count--;
			if (count > 0) return;
			for (const resolve of waiting) resolve();
			waiting = [];
		});
	});
	return {
		settled: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
	};
}
