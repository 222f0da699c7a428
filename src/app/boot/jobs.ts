import {errorMessage} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';

export type Job = {
	readonly name: string;
	/** Rest between two runs; one run never overlaps the next. */
	readonly everyMs: number;
	/**
	 * It writes nothing to the shop's database, so that it goes on under maintenance. All others rest meanwhile: data is
	 * being put back, and what they would write is lost at best.
	 * @default false
	 */
	readonly isReadOnly?: boolean;
	/** A failure is told to `onFailure`, and the job goes on. The signal says that the shop is stopping. */
	run(signal: AbortSignal): Promise<void>;
};

export type Jobs = {
	/** Gives a function that ends the present rest, for work that should not wait for it. */
	start(job: Job): () => void;
	/** Lets what is running end; starts nothing more. */
	stop(): Promise<void>;
};

export type JobsParts = {
	readonly host: Pick<Host, 'sleep'>;
	/** Whether nothing may be written now. */
	readonly isPaused: () => Promise<boolean>;
	readonly onFailure: (job: string, error: unknown, message: string) => void;
};

/** What the shop does by itself beside answering requests. */
export function openJobs({host, isPaused, onFailure}: JobsParts): Jobs {
	const stopping = new AbortController();
	const running: Promise<void>[] = [];
	const alarms = new Set<() => void>();
	const keepRunning = async (
		{name, everyMs, isReadOnly = false, run}: Job,
		takeRest: (ms: number) => Promise<void>,
	) => {
		while (!stopping.signal.aborted) {
			try {
				if (isReadOnly || !(await isPaused())) await run(stopping.signal);
			} catch (error) {
				if (!stopping.signal.aborted) onFailure(name, error, errorMessage(error));
			}
			if (!stopping.signal.aborted) await takeRest(everyMs);
		}
	};
	return {
		start(job) {
			const rest = makeRest(host);
			alarms.add(rest.end);
			running.push(keepRunning(job, rest.take));
			return rest.end;
		},
		async stop() {
			stopping.abort();
			for (const end of alarms) end();
			await Promise.all(running);
		},
	};
}

/** A rest that may be ended early; ended before it begins, it is left out. */
function makeRest(host: Pick<Host, 'sleep'>) {
	let alarm = new AbortController();
	return {
		async take(ms: number) {
			await host.sleep(ms, alarm.signal).catch(() => undefined);
			alarm = new AbortController();
		},
		end: () => alarm.abort(),
	};
}
