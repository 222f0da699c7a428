import {createHmac} from 'node:crypto';
import type {Host} from '../kernel/host.js';
import type {ServedAnswer, TotalsAnswer} from '../ports/splitter/gateway-wire.js';
import type {ServedRequest, Side, SideTotals} from '../ports/splitter/splitter.js';

/** Kept for a reader that comes late: 50 s at 1,000 requests a second, about 15 MB. */
const MOST_KEPT = 50_000;
const PAGE = 5000;
const LONGEST_PATH = 300;

export type Served = Omit<ServedRequest, 'atMs' | 'client'> & {
	readonly identity: string;
	/** A stable instance has answered in the canary's place. */
	readonly isRescued: boolean;
	/** The server failed after its answer's head was sent, or no server answered. */
	readonly isFailed: boolean;
};

export type ServedLog = {
	add(request: Served): void;
	readTotals(): Pick<TotalsAnswer, 'atMs' | 'totals' | 'rescued'>;
	/** What came after `cursor`, a page of it; without a cursor nothing, and the cursor of now. */
	read(cursor: number | undefined): Omit<ServedAnswer, 'kind' | 'incarnation'>;
};

/** Counters and the last requests, each with a sequence number from 1. @param mostKept default 50000 */
export function makeServedLog(host: Pick<Host, 'now' | 'randomHex'>, mostKept = MOST_KEPT): ServedLog {
	const key = host.randomHex(16);
	const ring: ServedRequest[] = [];
	const totals: Record<Side, SideTotals> = {stable: {requests: 0, errors: 0}, canary: {requests: 0, errors: 0}};
	let count = 0;
	let rescued = 0;

	const readTotals = () => ({atMs: host.now(), totals: {...totals}, rescued});
	return {
		add({identity, isRescued, isFailed, ...request}) {
			const {requests, errors} = totals[request.side];
			const isError = !request.isAborted && (isFailed || request.status >= 500);
			totals[request.side] = {requests: requests + 1, errors: errors + (isError ? 1 : 0)};
			if (isRescued) rescued++;
			ring[count % mostKept] = {
				...request,
				path: request.path.slice(0, LONGEST_PATH),
				atMs: host.now(),
				client: createHmac('sha256', key).update(identity).digest('base64url').slice(0, 16),
			};
			count++;
		},
		readTotals,
		read(cursor) {
			const from = Math.min(cursor ?? count, count);
			const oldest = Math.max(0, count - mostKept);
			const begin = Math.max(from, oldest);
			const next = Math.min(count, begin + PAGE);
			const served: ServedRequest[] = [];
			for (let index = begin; index < next; index++) {
				const request = ring[index % mostKept];
				if (request !== undefined) served.push(request);
			}
			return {...readTotals(), served, next, isLast: next === count, missed: begin - from};
		},
	};
}
