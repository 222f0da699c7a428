import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {type GatewayAddress, type GatewayEndpoint, openGatewayEndpoint} from './gateway-endpoint.js';
import {
	type ServedAnswer,
	SHARE_STEPS,
	type SplitAnswer,
	servedAnswer,
	splitAnswer,
	type WantedSplit,
} from './gateway-wire.js';
import type {ServedRequest, Splitter, SplitterState, TrafficReading} from './splitter.js';

/** A lease is a number in the gateway's memory: as short as one likes, but for the way there. */
const SHORTEST_LEASE_MS = 1000;

/** Opens the embedded gateway (`sastaops gateway`) as a splitter. It is not asked anything yet. */
export function openGateway(address: GatewayAddress, host: Pick<Host, 'monotonicMs'>): Splitter {
	const endpoint = openGatewayEndpoint(address);
	const observe = makeObserver(endpoint);
	const set = (wanted: WantedSplit) => setSplit(endpoint, wanted, host);
	return {
		kind: 'gateway',
		title: `the gateway at ${endpoint.where}`,
		isSticky: true,
		shortestLeaseMs: SHORTEST_LEASE_MS,
		read: async () => stateOf(await endpoint.ask({path: '/split', answer: splitAnswer})),
		set,
		observe,
		revert: () => set({share: 0, leaseMs: 0, owner: null}),
		close: () => endpoint.close(),
	};
}

/** Sends it, then reads it back by another request: what counts is what the gateway does. */
async function setSplit(
	{ask, where}: GatewayEndpoint,
	wanted: WantedSplit,
	host: Pick<Host, 'monotonicMs'>,
): Promise<SplitterState> {
	const startedMs = host.monotonicMs();
	const taken = await ask({path: '/split', put: wanted, answer: splitAnswer});
	const found = await ask({path: '/split', answer: splitAnswer});
	const tookMs = host.monotonicMs() - startedMs;
	const isSame =
		found.incarnation === taken.incarnation &&
		found.owner === wanted.owner &&
		found.share <= wanted.share &&
		wanted.share - found.share < 1 / SHARE_STEPS &&
		found.leaseMs <= wanted.leaseMs &&
		found.leaseMs >= wanted.leaseMs - tookMs - 1;
	if (isSame) return stateOf(found);
	const why =
		found.incarnation === taken.incarnation
			? `it says ${describe(found)}: somebody else has set it at the same moment`
			: 'it was started anew in between, and is at 0 %';
	throw new SastaError('SPLITTER_UNPROVED', `The gateway at ${where} did not keep ${describe(wanted)}: ${why}`, {
		exitCode: EXIT.outside,
		hint: 'See who else steers it: two runs must not share a gateway',
	});
}

function describe({share, owner}: WantedSplit): string {
	return `${(share * 100).toFixed(2)} % for ${owner ?? 'nobody'}`;
}

function stateOf({share, leaseMs, owner, incarnation}: SplitAnswer): SplitterState {
	return {share, leaseMs, owner: owner ?? undefined, incarnation};
}

/** Reads on from where it was, page by page; the cursor moves only when all pages have come. */
function makeObserver({ask}: GatewayEndpoint): () => Promise<TrafficReading> {
	let at: {readonly next: number; readonly incarnation: string} | undefined;
	return async () => {
		const served: ServedRequest[] = [];
		let missed = 0;
		let cursor = at;
		let page: ServedAnswer;
		do {
			const query = cursor === undefined ? '' : `?after=${cursor.next}&of=${cursor.incarnation}`;
			page = await ask({path: `/served${query}`, answer: servedAnswer});
			served.push(...page.served);
			missed += page.missed;
			cursor = {next: page.next, incarnation: page.incarnation};
		} while (!page.isLast);
		at = cursor;
		return {atMs: page.atMs, incarnation: page.incarnation, totals: page.totals, served, missed};
	};
}
