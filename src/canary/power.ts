/** ln of what a mixture over the grid, and half of the evidence for later beginnings, cost: about 3 by simulation. */
const PRICE = 3;
/** Of the standard normal distribution: nine of ten runs lie above. */
const NINE_OF_TEN = 1.2816;

export type PowerTerms = {
	/** Both sides together. */
	readonly requestsPerSecond: number;
	/** The canary's. */
	readonly share: number;
	readonly seconds: number;
	/** Of bad events on the stable side. */
	readonly baseShare: number;
	/** The guard's tolerance as an odds ratio, 1 or more. */
	readonly tolerated: number;
	/** Error probability spent on this guard: α times its weight. */
	readonly alpha: number;
};

/**
 * The smallest odds ratio that is found in nine of ten canaries within the time; undefined where not even fifty is.
 *
 * The evidence grows with every event by the divergence between the shares of events the canary has at that ratio and at the
 * tolerated one, and must reach ln(1/α); its spread is taken as normal. Checked against simulated canaries.
 */
export function smallestFound(terms: PowerTerms): number | undefined {
	const WIDEST = 50;
	if (!isFound(WIDEST, terms)) return undefined;
	let low = terms.tolerated;
	let high = WIDEST;
	while (high / low > 1.01) {
		const middle = Math.sqrt(low * high);
		if (isFound(middle, terms)) high = middle;
		else low = middle;
	}
	return high;
}

function isFound(ratio: number, terms: PowerTerms): boolean {
	const {mean, variance, events} = growthPerEvent(ratio, terms);
	return events * mean - NINE_OF_TEN * Math.sqrt(events * variance) >= Math.log(1 / terms.alpha) + PRICE;
}

function growthPerEvent(ratio: number, {requestsPerSecond, share, seconds, baseShare, tolerated}: PowerTerms) {
	const canaryShare = badShareAt(ratio, baseShare);
	const events = requestsPerSecond * seconds * (share * canaryShare + (1 - share) * baseShare);
	const truth = (share * canaryShare) / (share * canaryShare + (1 - share) * baseShare);
	const toleratedShare = badShareAt(tolerated, baseShare);
	const bound = (share * toleratedShare) / (share * toleratedShare + (1 - share) * baseShare);
	const [up, down] = [Math.log(truth / bound), Math.log((1 - truth) / (1 - bound))];
	// Events that are not rare tell less: with the margins known, their number on one side varies less.
	const rarity = 1 - baseShare;
	return {
		mean: rarity * (truth * up + (1 - truth) * down),
		variance: rarity * truth * (1 - truth) * (up - down) ** 2,
		events,
	};
}

function badShareAt(ratio: number, baseShare: number): number {
	const odds = (ratio * baseShare) / (1 - baseShare);
	return odds / (1 + odds);
}
