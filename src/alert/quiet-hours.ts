/** Hours in which nobody is told what can wait. Minutes of the day, on the clocks of a place. */
export type QuietHours = {
	readonly fromMinute: number;
	/** Before `fromMinute`: the next day. */
	readonly toMinute: number;
	/** By its IANA name: `Asia/Kolkata`. */
	readonly timezone: string;
};

/** Whether it is quiet then. What clocks skip or repeat when summer time begins or ends they skip or repeat here too. */
export function isQuiet(nowMs: number, hours: QuietHours | undefined): boolean {
	if (hours === undefined) return false;
	const {fromMinute, toMinute, timezone} = hours;
	const minute = minuteOfDay(nowMs, timezone);
	return fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}

/** Minutes since midnight on the clocks of a place. */
export function minuteOfDay(atMs: number, timezone: string): number {
	const {hour, minute} = clockOf(atMs, timezone);
	return hour * 60 + minute;
}

/** `2026-11-24` on the calendars of a place. */
export function dayOf(atMs: number, timezone: string): string {
	const {year, month, day} = clockOf(atMs, timezone);
	return `${year}-${pad(month)}-${pad(day)}`;
}

function clockOf(atMs: number, timezone: string) {
	const parts = formatterOf(timezone).formatToParts(atMs);
	const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((found) => found.type === type)?.value);
	return {year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute')};
}

function formatterOf(timezone: string): Intl.DateTimeFormat {
	return new Intl.DateTimeFormat('en-GB', {
		timeZone: timezone,
		hourCycle: 'h23',
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
		hour: '2-digit',
		minute: '2-digit',
	});
}

function pad(value: number): string {
	return String(value).padStart(2, '0');
}
