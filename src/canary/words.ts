/** `5 %`, `12.5 %`, `0.25 %`. */
export function percentWords(share: number): string {
	return `${Number((100 * share).toFixed(2))} %`;
}
