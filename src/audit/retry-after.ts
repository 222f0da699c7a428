/**
 * How long a `Retry-After` asks to wait, in milliseconds; undefined for none, or one that says nothing. Whole seconds,
 * or a date (RFC 9110, section 10.2.3).
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
	if (value === undefined) return undefined;
	const text = value.trim();
	if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
	const atMs = /^[A-Za-z]{3},? /.test(text) ? Date.parse(text) : Number.NaN;
	return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
