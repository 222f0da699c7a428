import type {LoadResult} from '../result.js';

export type PoolStep = {readonly poolSize: number; readonly rate: number; readonly result: LoadResult};

/** Of the driver, with why. */
export type Setting = {readonly name: string; readonly value: number; readonly reason: string};

export type PoolAdvice = {
	readonly rate: number;
	/** Where waiting ends; null where it does at none of the sizes. */
	readonly poolSize: number | null;
	readonly reason: string;
	readonly settings: readonly Setting[];
};

/** Waiting has ended when 95 of 100 wait no longer than this, or than a tenth of what the server takes. */
const NO_WAIT_MS = 1;
const NO_WAIT_SHARE = 0.1;
/** A size is as good as the best when its p95 is within this of it. */
const AS_GOOD = 1.2;
/** A burst should find its connections within this. */
const BURST_MS = 250;
const DRIVER_CONNECTING = 2;
const MOST_CONNECTING = 10;

/**
 * What pool a process needs for each rate: the smallest that nobody waits for any more. More would only hold more of the
 * server's connections. Pure.
 * @param workers pools that shared the rate
 * @param connectMs what one new connection takes
 */
export function advisePools(
	steps: readonly PoolStep[],
	{workers, connectMs}: {readonly workers: number; readonly connectMs: number},
): readonly PoolAdvice[] {
	const rates = [...new Set(steps.map(({rate}) => rate))].toSorted((a, b) => a - b);
	return rates.map((rate) =>
		advise(
			steps.filter((step) => step.rate === rate),
			{rate, workers, connectMs},
		),
	);
}

function advise(
	steps: readonly PoolStep[],
	{rate, workers, connectMs}: {readonly rate: number; readonly workers: number; readonly connectMs: number},
): PoolAdvice {
	const sorted = steps.toSorted((a, b) => a.poolSize - b.poolSize);
	const believable = sorted.filter(({result}) => result.generator.isTruthful && result.total.response !== null);
	const none = (reason: string): PoolAdvice => ({rate, poolSize: null, reason, settings: []});
	if (believable.length === 0) return none(sorted[0]?.result.generator.reason ?? 'nothing was measured');
	const best = Math.min(...believable.map(({result}) => result.total.response?.p95 ?? Number.POSITIVE_INFINITY));
	const chosen = believable.find(
		({result}) => hasNoWait(result) && (result.total.response?.p95 ?? 0) <= best * AS_GOOD,
	);
	if (chosen === undefined) {
		const largest = believable.at(-1) as PoolStep;
		return hasNoWait(largest.result)
			? none('the times scatter too much from size to size to tell; run it longer')
			: none(
					`waiting ends at none of these sizes: ${largest.poolSize} connections are all busy, so the server is what is slow`,
				);
	}
	const busy = busyConnections(chosen.result);
	const perWorker = Math.max(1, Math.ceil(busy / workers));
	return {
		rate,
		poolSize: chosen.poolSize,
		reason: 'waiting ends there, and more only adds connections',
		settings: settingsOf(chosen, {busy, minPoolSize: Math.min(perWorker, chosen.poolSize), connectMs, workers}),
	};
}

function hasNoWait({wait, serverTime, waitsFailed}: LoadResult): boolean {
	if (wait === null) return false;
	return waitsFailed === 0 && wait.p95 <= Math.max(NO_WAIT_MS, (serverTime?.mean ?? 0) * NO_WAIT_SHARE);
}

/** Little's law: as many are busy on average as come in the time that one takes. Of commands, of which an operation may have several. */
export function busyConnections({serverTime, measuredMs}: LoadResult): number {
	return serverTime === null || measuredMs === 0 ? 0 : (serverTime.count * serverTime.mean) / measuredMs;
}

function settingsOf(
	{poolSize, result}: PoolStep,
	{busy, minPoolSize, connectMs, workers}: {busy: number; minPoolSize: number; connectMs: number; workers: number},
): Setting[] {
	const missing = poolSize - minPoolSize;
	const connecting = Math.min(
		MOST_CONNECTING,
		Math.max(DRIVER_CONNECTING, Math.ceil((missing * connectMs) / BURST_MS)),
	);
	const waited = Math.max(1000, Math.ceil(((result.total.response?.p99 ?? 0) * 2) / 500) * 500);
	return [
		{
			name: 'maxPoolSize',
			value: poolSize,
			reason: `nobody waits; ${busy.toFixed(1)} are busy on average (Little’s law)${workers > 1 ? `, in ${workers} pools` : ''}`,
		},
		{
			name: 'minPoolSize',
			value: minPoolSize,
			reason: 'those that are busy anyway, open before the first customer comes',
		},
		{
			name: 'maxConnecting',
			value: connecting,
			reason:
				connecting === DRIVER_CONNECTING
					? `the driver’s own: one takes ${connectMs.toFixed(1)} ms, ${missing} more are there in ${Math.round((missing * connectMs) / connecting)} ms`
					: `one takes ${connectMs.toFixed(1)} ms: with 2 at a time a burst would wait ${Math.round((missing * connectMs) / DRIVER_CONNECTING)} ms for ${missing} more`,
		},
		{
			name: 'waitQueueTimeoutMS',
			value: waited,
			reason: 'the driver’s own is none: with a full pool requests then wait for ever, and pile up',
		},
	];
}
