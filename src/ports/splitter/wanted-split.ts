import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';

/** What `set` of a splitter is asked for. */
export type WantedSplit = {readonly share: number; readonly leaseMs: number; readonly owner: string};

/** Weights are hundredths of a percent. */
export const WEIGHT_STEPS = 10_000;

/** No lease is longer, so that a mistaken one does not last. */
const LONGEST_LEASE_MS = 3_600_000;
const LONGEST_OWNER = 200;
const NOBODY = '-';

/** Rounded down: never more than was asked for. */
export function weightOf(share: number): number {
	return Math.floor(Number((share * WEIGHT_STEPS).toFixed(6)));
}

/** @throws SastaError SPLITTER_REFUSED where it is no split at all */
export function refuseNonsense({share, leaseMs, owner}: WantedSplit, title: string): void {
	const isFine = share >= 0 && share <= 1 && leaseMs >= 0 && leaseMs <= LONGEST_LEASE_MS;
	if (isFine && owner !== '' && owner.length <= LONGEST_OWNER) return;
	throw new SastaError(
		'SPLITTER_REFUSED',
		`A share of ${share} for ${leaseMs} ms, "${owner.slice(0, 50)}", is no split`,
		{
			exitCode: EXIT.outside,
			details: [`${title} stays as it was`],
			hint: 'A share is 0 to 1, a lease an hour at most, an owner has a name',
		},
	);
}

/** One word of printable ASCII, without `"`, `\`, `$`, `{` or `}`. */
export function encodeOwner(owner: string | undefined): string {
	if (owner === undefined) return NOBODY;
	// A lone surrogate cannot be encoded.
	return owner === NOBODY ? '%2D' : encodeURIComponent(owner.replace(/\p{Surrogate}/gu, '\ufffd'));
}

export function decodeOwner(text: string): string | undefined {
	if (text === NOBODY) return undefined;
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
