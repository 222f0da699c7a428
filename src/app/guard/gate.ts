import {HttpError} from '../http-error.js';

export type Gate = {
	/** Runs `work` when its turn comes. @throws HttpError 503 BUSY when too many are waiting already */
	run<T>(work: () => Promise<T>): Promise<T>;
};

export type GateOptions = {
	/** How many run at once. */
	readonly width: number;
	/** How many may wait, first come, first served. */
	readonly queue: number;
};

/** Keeps costly work from being done by everybody at once: some run, some wait, the rest are told to come back. */
export function makeGate({width, queue}: GateOptions): Gate {
	const waiting: (() => void)[] = [];
	let running = 0;
	return {
		async run(work) {
			if (running < width) running++;
			else if (waiting.length >= queue) throw new HttpError(503, 'BUSY', 'Too much is going on right now', 2);
			// Whoever ends hands its place on, so the count stays as it is.
			else await new Promise<void>((resolve) => waiting.push(resolve));
			try {
				return await work();
			} finally {
				const next = waiting.shift();
				if (next) next();
				else running--;
			}
		},
	};
}
