/**
 * A regular expression for the seconds from `from` (inclusive) to `end` (exclusive) at the beginning of a text such as
 * nginx’s `$msec`: as few prefixes as there can be, each with its free digits. Both must have as many digits.
 */
export function secondsPattern(from: number, end: number): string {
	const prefixes: string[] = [];
	for (let at = from; at < end; ) {
		let digits = 0;
		while (at % 10 ** (digits + 1) === 0 && at + 10 ** (digits + 1) <= end) digits++;
		prefixes.push(`${at / 10 ** digits}${'[0-9]'.repeat(digits)}`);
		at += 10 ** digits;
	}
	return `^(?:${prefixes.join('|')})[.]`;
}
