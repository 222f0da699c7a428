/** `0.8 ms`, `27 ms`, `812 ms`, `1.31 s`. */
export function msWords(ms: number): string {
	if (ms < 9.95) return `${ms.toFixed(1)} ms`;
	if (ms < 999.5) return `${Math.round(ms)} ms`;
	return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
}

/** `41,208`. */
export function countWords(count: number): string {
	return Math.round(count).toLocaleString('en-US');
}

/** `0.41 %`; `0 %` only for none at all. */
export function shareWords(share: number): string {
	if (share === 0) return '0 %';
	const percent = share * 100;
	return percent < 0.01 ? 'below 0.01 %' : `${percent.toFixed(percent < 1 ? 2 : 1)} %`;
}
