import {secondsPattern} from './nginx-seconds.js';
import type {SplitterState} from './splitter.js';
import {decodeOwner, encodeOwner, WEIGHT_STEPS} from './wanted-split.js';

/** What the split file says. */
export type NginxSplit = {
	/** Another one with each change. */
	readonly generation: string;
	/**
	 * The file on disk has another one than the file that we had loaded, and is the same otherwise: so a reload by another
	 * hand is told from ours.
	 */
	readonly life: string;
	/** Hundredths of a percent. */
	readonly weight: number;
	/** Seconds since 1970, by nginx’s clock: the canary gets its share from the first until before the second. Both 0 for never. */
	readonly fromS: number;
	readonly endS: number;
	readonly owner: string | undefined;
};

const WORDS = /^sastaops1 ([0-9a-f]{16}) ([0-9a-f]{16}) (\d{1,5}) (\d{1,10}) (\d{1,10}) (\S+)/;

/** One line that says it all: a comment of the file, and what the running nginx answers. */
export function splitWords({generation, life, weight, fromS, endS, owner}: NginxSplit): string {
	return `sastaops1 ${generation} ${life} ${weight} ${fromS} ${endS} ${encodeOwner(owner)}`;
}

/** Undefined where the line is none of ours. */
export function parseWords(line: string): NginxSplit | undefined {
	const [, generation, life, weight, fromS, endS, owner] = WORDS.exec(line) ?? [];
	if (generation === undefined || life === undefined || owner === undefined || Number(weight) > WEIGHT_STEPS)
		return undefined;
	return {
		generation,
		life,
		weight: Number(weight),
		fromS: Number(fromS),
		endS: Number(endS),
		owner: decodeOwner(owner),
	};
}

/** The file: `$sastaops_side` and what is logged of a request. It takes `$sastaops_key` from nginx.conf. */
export function renderSplit(split: NginxSplit): string {
	const {weight, fromS, endS} = split;
	const lease = fromS < endS ? `"~${secondsPattern(fromS, endS)}" lasts; ` : '';
	const share = weight === 0 || weight === WEIGHT_STEPS ? '' : `${(weight / 100).toFixed(2)}% canary; `;
	const rest = weight === WEIGHT_STEPS ? 'canary' : 'stable';
	return `# Written by sastaops, which knows it byte for byte: edit nginx.conf instead. See docs/canary-nginx.md.
# ${splitWords(split)}

# What runs, for who asks.
map $pid $sastaops_split { default "${splitWords(split)}"; }

# The seconds in which the lease lasts: when they are over, the canary gets nothing, with nobody acting.
map $msec $sastaops_lease { default over; ${lease}}

# Who is chosen, and stays so while the share grows.
split_clients "$sastaops_key" $sastaops_place { ${share}* ${rest}; }
map "$sastaops_lease $sastaops_place" $sastaops_side { default stable; "lasts canary" canary; }

# Who asked, as a number of six digits: the cookie itself does not go into a log.
split_clients "a$sastaops_key" $sastaops_client_a { ${HUNDRED} }
split_clients "b$sastaops_key" $sastaops_client_b { ${HUNDRED} }
split_clients "c$sastaops_key" $sastaops_client_c { ${HUNDRED} }
`;
}

const HUNDRED = Array.from({length: 100}, (_, index) => {
	const percent = index === 99 ? '*' : '1%';
	return `${percent} ${String(index).padStart(2, '0')};`;
}).join(' ');

/** Undefined where a byte is not as we would write it. */
export function parseSplit(content: string): NginxSplit | undefined {
	const split = parseWords(content.split('\n')[1]?.slice('# '.length) ?? '');
	return split !== undefined && renderSplit(split) === content ? split : undefined;
}

/** @param nowMs by nginx’s clock */
export function stateOf({life, weight, fromS, endS, owner}: NginxSplit, nowMs: number): SplitterState {
	const hasBegun = nowMs >= fromS * 1000;
	return {
		share: weight / WEIGHT_STEPS,
		leaseMs: hasBegun ? Math.max(0, endS * 1000 - nowMs) : 0,
		owner,
		incarnation: life,
	};
}
