import type {Host} from '../../kernel/host.js';
import type {BackendNames} from './haproxy-log.js';
import {followRing, makeSeenRequests, type RingFollower, type SeenRequests} from './haproxy-ring.js';
import type {HaproxySocket} from './haproxy-socket.js';
import {type Counted, readTotals} from './haproxy-totals.js';
import {type ServedRequest, SIDES, type SideTotals, type TrafficReading} from './splitter.js';

export type ObserverSettings = {
	readonly socket: HaproxySocket;
	readonly backends: BackendNames;
	/** Without it only totals. */
	readonly ring: string | undefined;
};

/** How long the lines of requests that are counted already may take to come. */
const CATCH_UP_MS = 1000;

type Totals = TrafficReading['totals'];

/** One process of HAProxy as it has been observed. */
type Life = {
	readonly incarnation: string;
	readonly seen: SeenRequests;
	/** Requests that had ended before the first reading. */
	readonly before: number;
	/** What its counters had reached when somebody cleared them. */
	cleared: Totals;
	last: Totals;
	missed: number;
};

/** Reads counters, and listens to the ring between readings: a reload or a broken connection loses no line. */
export function makeObserver(
	{socket, backends, ring}: ObserverSettings,
	host: Pick<Host, 'monotonicMs' | 'sleep'>,
): {observe(): Promise<TrafficReading>; close(): void} {
	let life: Life | undefined;
	let follower: RingFollower | undefined;
	let retired: RingFollower | undefined;
	/** Of processes that have been replaced. */
	let leftOver: SeenRequests[] = [];

	return {
		async observe() {
			const counted = await readTotals(socket, backends);
			const isFirst = life === undefined;
			if (life?.incarnation !== counted.incarnation) life = beginLife(counted, isFirst);
			const totals = goOn(life, counted);
			const reading = {atMs: counted.nowMs, incarnation: counted.incarnation, totals};
			if (ring === undefined) return {...reading, served: undefined, missed: 0};
			await listen(life, ring);
			const missed = await catchUp(life, host);
			return {...reading, served: isFirst ? [] : takeAll(life), missed: isFirst ? 0 : missed};
		},
		close() {
			follower?.close();
			retired?.close();
		},
	};

	/** The first one counts from now on, those after it from their beginning. */
	function beginLife({incarnation, totals, nowMs}: Counted, isFirst: boolean): Life {
		if (life !== undefined) leftOver.push(life.seen);
		return {
			incarnation,
			seen: makeSeenRequests(backends, isFirst ? nowMs : 0),
			before: isFirst ? sum(totals) : 0,
			cleared: NOTHING,
			last: NOTHING,
			missed: 0,
		};
	}

	/**
	 * A process that has been replaced is listened to until the next reading, for what it had still under way; not longer,
	 * as it would not end before.
	 */
	async function listen({incarnation, seen}: Life, name: string): Promise<void> {
		retired?.close();
		retired = undefined;
		if (follower?.isOpen() && (await follower.ready) === incarnation) return;
		retired = follower;
		follower = followRing({socket, ring: name, wanted: incarnation}, seen.add);
		// Another process than the one just read hands on nothing: the next reading finds out, and begins with it.
		await follower.ready;
	}

	function takeAll({seen}: Life): ServedRequest[] {
		const served = [...leftOver, seen].flatMap((each) => each.take());
		leftOver = retired === undefined ? [] : leftOver;
		return served;
	}
}

const NOTHING: Totals = {stable: {requests: 0, errors: 0}, canary: {requests: 0, errors: 0}};

/** Counters that somebody has cleared go on from where they were, so that totals never fall in one life. */
function goOn(life: Life, {totals}: Counted): Totals {
	const isCleared = SIDES.some((side) => plus(life.cleared[side], totals[side]).requests < life.last[side].requests);
	if (isCleared) life.cleared = life.last;
	life.last = {
		stable: plus(life.cleared.stable, totals.stable),
		canary: plus(life.cleared.canary, totals.canary),
	};
	return life.last;
}

/** Waits for the lines of all requests that are counted; those that do not come are missed. */
async function catchUp(life: Life, host: Pick<Host, 'monotonicMs' | 'sleep'>): Promise<number> {
	const lacking = () => sum(life.last) - life.before - life.missed - life.seen.count();
	const startedMs = host.monotonicMs();
	while (lacking() > 0 && host.monotonicMs() - startedMs < CATCH_UP_MS) await host.sleep(5);
	const missed = Math.max(0, lacking());
	life.missed += missed;
	return missed;
}

function plus(a: SideTotals, b: SideTotals): SideTotals {
	return {requests: a.requests + b.requests, errors: a.errors + b.errors};
}

function sum({stable, canary}: Totals): number {
	return stable.requests + canary.requests;
}
