import {describe, expect, it} from 'vitest';
import {dayOf, isQuiet, minuteOfDay} from '../../src/alert/quiet-hours.js';

const NIGHT = {fromMinute: 22 * 60, toMinute: 7 * 60, timezone: 'Asia/Kolkata'};
const BERLIN = {...NIGHT, fromMinute: 2 * 60, toMinute: 3 * 60 + 30, timezone: 'Europe/Berlin'};

/** Minutes of a day that are quiet. */
function quietMinutes(fromIso: string, hours: typeof NIGHT): number {
	const from = Date.parse(fromIso);
	return Array.from({length: 24 * 60}, (_, minute) => isQuiet(from + minute * 60_000, hours)).filter(Boolean).length;
}

describe('quiet hours', () => {
	it.each([
		['21:59', false],
		['22:00', true],
		['23:59', true],
		['00:00', true],
		['06:59', true],
		['07:00', false],
		['12:00', false],
	])('over midnight: at %s in their zone it is %s', (clock, expected) => {
		expect(isQuiet(Date.parse(`2026-11-24T${clock}:00+05:30`), NIGHT)).toBe(expected);
	});

	it('are those of their own zone, not of the machine', () => {
		expect(isQuiet(Date.parse('2026-11-24T22:30:00Z'), {...NIGHT, timezone: 'UTC'})).toBe(true);
		expect(isQuiet(Date.parse('2026-11-24T03:00:00Z'), NIGHT)).toBe(false);
	});

	it('are shorter when the clocks skip an hour of them, and longer when they repeat one', () => {
		expect(quietMinutes('2026-06-01T00:00:00Z', BERLIN)).toBe(90);
		expect(quietMinutes('2026-03-28T23:00:00Z', BERLIN)).toBe(30);
		expect(quietMinutes('2026-10-24T22:00:00Z', BERLIN)).toBe(150);
	});

	it('end on time on the morning after the clocks were set', () => {
		const before = {...NIGHT, timezone: 'America/New_York'};
		expect(isQuiet(Date.parse('2026-03-08T10:59:00Z'), before)).toBe(true);
		expect(isQuiet(Date.parse('2026-03-08T11:00:00Z'), before)).toBe(false);
		expect(isQuiet(Date.parse('2026-11-01T11:59:00Z'), before)).toBe(true);
		expect(isQuiet(Date.parse('2026-11-01T12:00:00Z'), before)).toBe(false);
	});

	it('that are not set are never', () => {
		expect(isQuiet(0, undefined)).toBe(false);
	});

	it('know the day and the minute of a place', () => {
		const at = Date.parse('2026-11-24T20:00:00Z');
		expect([dayOf(at, 'Asia/Kolkata'), minuteOfDay(at, 'Asia/Kolkata')]).toEqual(['2026-11-25', 90]);
	});
});
