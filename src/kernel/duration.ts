const UNIT_MS = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000} as const;

/** Milliseconds of `500ms`, `90s`, `30m`, `2h`, `7d`; undefined where the text is none of these. */
export function parseDuration(text: string): number | undefined {
	const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
	if (amount === undefined || unit === undefined) return undefined;
	return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** Milliseconds of a duration that the configuration schema has already accepted. */
export function durationMs(text: string): number {
	const ms = parseDuration(text);
	if (ms === undefined) throw new Error(`not a duration: ${text}`);
	return ms;
}

/** `0.4 s`, `38.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`: two units at most, what is below them cut off. */
export function formatDuration(ms: number): string {
	if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
	// Rounded once, before it is parted: else 119.6 s would be 1 min 60 s.
	const seconds = Math.round(ms / 1000);
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
	return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** `2026-11-24 14:03 UTC`: the same on every machine of a team. */
export function formatMoment(ms: number): string {
	return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `512 B`, `1.9 MB`, `184 MB`, `2.1 GB`: decimal units, as disks and clouds count. */
export function formatBytes(bytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	let value = bytes;
	let unit = 0;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`;
}
