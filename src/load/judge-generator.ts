import type {GeneratorResult} from './result.js';

/** Arrivals that must begin within 5 ms of their time, for the figures to be believed. */
const LEAST_PUNCTUAL = 0.99;
/** Arrivals of the plan that must have begun at all. */
const LEAST_STARTED = 0.99;

/**
 * Whether the generator kept its schedule. A late start is counted in every response time, so no figure is too good; but
 * one that is late itself cannot say that the server was. Pure.
 */
export function judgeGenerator({
	due,
	planned,
	started,
	punctual,
	isCutShort,
}: {
	readonly due: number;
	/** As many as the plan had for the time that was measured. */
	readonly planned: number;
	readonly started: number;
	/** Begun within 5 ms. */
	readonly punctual: number;
	readonly isCutShort: boolean;
}): Pick<GeneratorResult, 'isTruthful' | 'reason' | 'punctual'> {
	const share = started === 0 ? 0 : punctual / started;
	const percent = (part: number) => `${(Math.floor(part * 1000) / 10).toFixed(1)} %`;
	const not = (reason: string) => ({isTruthful: false, punctual: share, reason});
	if (isCutShort) return not('it was stopped before its end');
	if (due === 0) return not('nothing was due in the time that counts');
	// An overloaded event loop does not even come to what is due.
	if (due < planned * LEAST_STARTED) return not(`only ${due} of ${Math.round(planned)} arrivals came up`);
	if (share < LEAST_PUNCTUAL)
		return not(
			`only ${percent(share)} of the arrivals began within 5 ms of their time: this machine is too busy; ask for a lower --rate, or use --workers or --shard`,
		);
	return {isTruthful: true, punctual: share};
}
