import type {Host} from '../kernel/host.js';

/** One stop of the journey, as it went. */
export type Stop = {
	/** What was done; a command as typed, where it was one. */
	readonly title: string;
	readonly detail: string;
	/** Milliseconds since the journey began. */
	readonly atMs: number;
	readonly durationMs: number;
};

export type Journey = {
	readonly timeline: readonly Stop[];
	elapsedMs(): number;
	/** Makes one stop: announces it, does the work, notes how long it took. `work` gives its result and the detail to show. */
	stop<T>(title: string, work: () => Promise<readonly [result: T, detail: string]>): Promise<T>;
};

export function beginJourney(host: Pick<Host, 'emit' | 'monotonicMs' | 'signal'>, total: number): Journey {
	const beganMs = host.monotonicMs();
	const timeline: Stop[] = [];
	return {
		timeline,
		elapsedMs: () => host.monotonicMs() - beganMs,
		async stop(title, work) {
			host.signal.throwIfAborted();
			const place = {
				type: 'step',
				name: `demo-${timeline.length + 1}`,
				title,
				index: timeline.length + 1,
				total,
			} as const;
			host.emit({...place, state: 'start'});
			const startedMs = host.monotonicMs();
			try {
				const [result, detail] = await work();
				const durationMs = host.monotonicMs() - startedMs;
				timeline.push({title, detail, atMs: startedMs - beganMs, durationMs});
				host.emit({...place, state: 'done', detail, durationMs});
				return result;
			} catch (error) {
				host.emit({...place, state: 'failed', durationMs: host.monotonicMs() - startedMs});
				throw error;
			}
		},
	};
}
