import {errorMessage} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';

export type Job = {
	readonly name: string;
	/** Rest between two runs; one run never overlaps the next. */
	readonly everyMs: number;
	/** A failure is told to `onFailure`, and the job goes on. The signal says that the shop is stopping. */
	run(signal: AbortSignal): Promise<void>;
};

export type Jobs = {
	start(job: Job): void;
	/** Lets what is running end; starts nothing more. */
	stop(): Promise<void>;
};

/** What the shop does by itself beside answering requests. */
export function openJobs(
	host: Pick<Host, 'sleep'>,
	onFailure: (job: string, error: unknown, message: string) => void,
): Jobs {
	const stopping = new AbortController();
	const running: Promise<void>[] = [];
	const keepRunning = async ({name, everyMs, run}: Job) => {
		while (!stopping.signal.aborted) {
			try {
				await run(stopping.signal);
			} catch (error) {
				if (!stopping.signal.aborted) onFailure(name, error, errorMessage(error));
			}
			await host.sleep(everyMs, stopping.signal).catch(() => undefined);
		}
	};
	return {
		start(job) {
			running.push(keepRunning(job));
		},
		async stop() {
			stopping.abort();
			await Promise.all(running);
		},
	};
}
