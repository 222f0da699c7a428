/** Numbers and times as they are read in India, the same on the server and in every browser. */

/** `12,34,567` */
export function formatCount(value: number): string {
	return value.toLocaleString('en-IN');
}

/** `₹1,299.50` of 129950 paise. */
export function formatRupees(paise: number): string {
	return `₹${(paise / 100).toLocaleString('en-IN', {minimumFractionDigits: 2, maximumFractionDigits: 2})}`;
}

/** `12 %`, `0.4 %` */
export function formatPercent(share: number): string {
	const percent = share * 100;
	return `${percent >= 10 || percent === 0 ? Math.round(percent) : percent.toFixed(1)} %`;
}

/** The shop's own clock, wherever the reader is. */
export const TIME_ZONE = 'Asia/Kolkata';

/** `24 Nov 14:03` of an ISO time, in India. */
export function formatMoment(iso: string): string {
	return new Intl.DateTimeFormat('en-IN', {
		timeZone: TIME_ZONE,
		day: 'numeric',
		month: 'short',
		hour: '2-digit',
		minute: '2-digit',
		hour12: false,
	})
		.format(new Date(iso))
		.replace(',', '');
}

/** `3 d 4 h`, `2 h 5 min`, `40 s` */
export function formatUptime(seconds: number): string {
	if (seconds < 60) return `${seconds} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
	return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}
