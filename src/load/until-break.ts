/** One load at one rate, as the search sees it. */
export type Trial = {
	readonly rate: number;
	/** `broken`: the limit was passed, or operations failed; `kept`; `unclear`: the generator itself could not keep up. */
	readonly outcome: 'kept' | 'broken' | 'unclear';
};

export type SearchTerms = {
	readonly firstRate: number;
	/** Found when kept and broken rates are no further apart than this, as a share. */
	readonly precision: number;
	readonly mostTrials: number;
};

export type Search =
	| {readonly kind: 'try'; readonly rate: number}
	/** `from` is kept, and `to` is broken; null where none of the kind was seen. */
	| {readonly kind: 'found'; readonly from: number | null; readonly to: number | null; readonly reason?: string};

/** Doubles until it breaks, halves until it is kept, then halves the way between the two. Pure. */
export function nextTrial(trials: readonly Trial[], {firstRate, precision, mostTrials}: SearchTerms): Search {
	const kept = trials.filter(({outcome}) => outcome === 'kept').map(({rate}) => rate);
	const broken = trials.filter(({outcome}) => outcome === 'broken').map(({rate}) => rate);
	const to = broken.length === 0 ? null : Math.min(...broken);
	// What is kept above a rate that broke was luck.
	const from = kept
		.filter((rate) => to === null || rate < to)
		.reduce<number | null>((a, b) => Math.max(a ?? 0, b), null);
	const last = trials.at(-1);
	if (last === undefined) return {kind: 'try', rate: firstRate};
	if (last.outcome === 'unclear')
		return {kind: 'found', from, to, reason: `this machine could not keep up ${last.rate} a second`};
	if (trials.length >= mostTrials) return {kind: 'found', from, to, reason: `${mostTrials} trials were made`};
	if (to === null) return {kind: 'try', rate: (from ?? firstRate) * 2};
	if (from === null) {
		const rate = Math.floor(to / 2);
		return rate < 1 ? {kind: 'found', from, to} : {kind: 'try', rate};
	}
	if ((to - from) / to <= precision || to - from <= 1) return {kind: 'found', from, to};
	return {kind: 'try', rate: Math.round((from + to) / 2)};
}
