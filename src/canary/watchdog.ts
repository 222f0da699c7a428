import {formatDuration} from '../kernel/duration.js';
import {errorMessage, isSastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {Lapse} from '../ports/splitter/kubernetes-split.js';
import {percentWords} from './words.js';

/** What has a lease that cannot end by itself. */
export type Watched = {
	/** For people. */
	readonly title: string;
	lapse(): Promise<Lapse>;
};

export type WatchdogTally = {readonly looks: number; readonly lapses: number; readonly failures: number};

/** One look. @throws SastaError SPLITTER_… */
export async function lookOnce({title, lapse}: Watched, host: Pick<Host, 'emit'>): Promise<Lapse> {
	const found = await lapse();
	host.emit({
		type: 'log',
		level: found.kind === 'lapsed' ? 'warn' : 'debug',
		message: `${title}: ${lapseWords(found)}`,
	});
	return found;
}

/** Looks again and again until the host is told to stop. What fails is said, and tried again at the next look. */
export async function watchLeases(
	watched: Watched,
	everyMs: number,
	host: Pick<Host, 'emit' | 'sleep' | 'signal' | 'monotonicMs'>,
): Promise<WatchdogTally> {
	let tally: WatchdogTally = {looks: 0, lapses: 0, failures: 0};
	let lastSaid = '';
	while (!host.signal.aborted) {
		const startedMs = host.monotonicMs();
		tally = {...tally, looks: tally.looks + 1};
		try {
			const {kind} = await lookOnce(watched, host);
			if (kind === 'lapsed') tally = {...tally, lapses: tally.lapses + 1};
			if (lastSaid !== '') host.emit({type: 'log', level: 'info', message: `${watched.title} can be read again`});
			lastSaid = '';
		} catch (error) {
			if (!isSastaError(error)) throw error;
			tally = {...tally, failures: tally.failures + 1};
			const said = errorMessage(error);
			if (said !== lastSaid) host.emit({type: 'log', level: 'warn', message: said});
			lastSaid = said;
		}
		const restMs = Math.max(0, startedMs + everyMs - host.monotonicMs());
		await host.sleep(restMs, host.signal).catch((error: unknown) => {
			if (!host.signal.aborted) throw error;
		});
	}
	return tally;
}

/** For people. */
export function lapseWords(found: Lapse): string {
	const of = (owner: string | undefined) => (owner === undefined ? '' : ` of ${owner}`);
	switch (found.kind) {
		case 'idle':
			return 'no canary with a lease';
		case 'live':
			return `the lease${of(found.owner)} lasts ${formatDuration(found.leftMs)} more`;
		case 'lapsed':
			return `the lease${of(found.owner)} has ended; the canary went from ${percentWords(found.share)} to 0 %`;
		default:
			return found satisfies never;
	}
}
