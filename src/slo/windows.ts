/** The rolling windows of every report, shortest first. */
export const WINDOWS = [
	{name: '5m', minutes: 5},
	{name: '30m', minutes: 30},
	{name: '1h', minutes: 60},
	{name: '2h', minutes: 120},
	{name: '6h', minutes: 360},
	{name: '1d', minutes: 1440},
	{name: '3d', minutes: 4320},
	{name: '30d', minutes: 43_200},
] as const;

export type WindowName = (typeof WINDOWS)[number]['name'];

/** The time an error budget is for. */
export const BUDGET_PERIOD: WindowName = '30d';

export function minutesOf(name: WindowName): number {
	return WINDOWS.find((window) => window.name === name)?.minutes ?? Number.POSITIVE_INFINITY;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** Windows this long or longer are made of whole hours, shorter ones of whole minutes. */
const FROM_HOURS_MINUTES = 1440;

export type Span = {
	/** Milliseconds since the epoch, the start of a whole step. */
	readonly fromMs: number;
	readonly stepMs: typeof MINUTE_MS | typeof HOUR_MS;
};

/**
 * What a window is summed from. It begins with a whole step, so it covers its length and up to one step more: at most a
 * minute below a day, an hour from there, never less than it says.
 */
export function spanOf(minutes: number, nowMs: number): Span {
	const stepMs = minutes >= FROM_HOURS_MINUTES ? HOUR_MS : MINUTE_MS;
	return {fromMs: Math.floor((nowMs - minutes * MINUTE_MS) / stepMs) * stepMs, stepMs};
}
