import {msWords} from '../words.js';
import {CUSTOMER_MS} from './judge.js';
import type {ScenarioName} from './names.js';
import type {NotTried, Seen} from './seen.js';
import type {Settings, TimeoutName} from './settings.js';

export type Recommended = {
	readonly name: Exclude<TimeoutName, 'timeoutMS'>;
	readonly value: number;
	/** It is what the shop has. */
	readonly isKept: boolean;
	readonly reason: string;
};

export type Advice = {
	readonly options: readonly Recommended[];
	/** For the address, behind its `?` or `&`. */
	readonly uri: string;
	/** For `new MongoClient(uri, …)`. */
	readonly driver: Readonly<Record<string, number>>;
	/** For each operation: `find(…, {maxTimeMS})`. */
	readonly perOperation: {readonly maxTimeMS: number};
};

/** Longer than a slow but honest answer, and short enough that a customer sees an error page instead of nothing. */
const DEFAULTS = {connect: 5000, selection: 5000, queue: 2000, work: 5000, socket: 10_000, heartbeat: 10_000, pool: 20};
const MOST_QUEUE_MS = 5000;
const MOST_SOCKET_MS = 60_000;

/** Options for this shop: its own where they bound a wait well, others where they do not, each with the reason. Pure. */
export function recommend(seen: readonly (Seen | NotTried)[], {timeouts}: Settings): Advice {
	const saw = (...scenarios: ScenarioName[]) => wordsOf(scenarios, seen);
	const work = keep(timeouts.maxTimeMS.value, DEFAULTS.work, MOST_SOCKET_MS);
	const leastSocketMs = Math.max(DEFAULTS.socket, 2 * work.value);
	const socket = timeouts.socketTimeoutMS.value;
	const options: Recommended[] = [
		{
			name: 'connectTimeoutMS',
			...keep(timeouts.connectTimeoutMS.value, DEFAULTS.connect, CUSTOMER_MS),
			reason: 'a server that has not accepted by then is not there; heartbeats use it too',
		},
		{
			name: 'serverSelectionTimeoutMS',
			...keep(timeouts.serverSelectionTimeoutMS.value, DEFAULTS.selection, CUSTOMER_MS),
			reason: `longer than an election of a healthy set, shorter than a customer waits${saw('refuse', 'mute')}`,
		},
		{
			name: 'socketTimeoutMS',
			...keep(socket !== undefined && socket > work.value ? socket : 0, leastSocketMs, MOST_SOCKET_MS),
			reason: `twice maxTimeMS, so that the server gives up first; a read is tried twice${saw('stuck', 'hang')}`,
		},
		{
			name: 'waitQueueTimeoutMS',
			...keep(timeouts.waitQueueTimeoutMS.value, DEFAULTS.queue, MOST_QUEUE_MS),
			reason: `a full pool then says so, and the shop can answer 503${saw('pool')}`,
		},
		{
			name: 'heartbeatFrequencyMS',
			...keep(timeouts.heartbeatFrequencyMS.value, DEFAULTS.heartbeat, DEFAULTS.heartbeat),
			reason: 'a server that hangs is noticed by it and connectTimeoutMS together',
		},
		{
			name: 'maxPoolSize',
			...keep(timeouts.maxPoolSize.value, DEFAULTS.pool, Number.POSITIVE_INFINITY),
			reason: 'its right size is another question: sastaops db-load pool',
		},
		{name: 'maxTimeMS', ...work, reason: 'ends the work on the server; no other limit does. Given with each operation'},
	];
	const driver = options.filter(({name}) => name !== 'maxTimeMS').map(({name, value}) => [name, value] as const);
	return {
		options,
		uri: driver.map(([name, value]) => `${name}=${value}`).join('&'),
		driver: Object.fromEntries(driver),
		perOperation: {maxTimeMS: work.value},
	};
}

/** The shop's own where it bounds a wait and not too late. */
function keep(value: number | undefined, instead: number, most: number): Pick<Recommended, 'value' | 'isKept'> {
	return value !== undefined && value > 0 && value <= most ? {value, isKept: true} : {value: instead, isKept: false};
}

/** What the first of these scenarios showed, as the end of a sentence. */
function wordsOf(scenarios: readonly ScenarioName[], seen: readonly (Seen | NotTried)[]): string {
	const one = scenarios
		.map((name) => seen.find(({scenario}) => scenario === name))
		.find((found): found is Seen => found !== undefined && !('why' in found));
	if (one === undefined) return '';
	const after = msWords(one.afterMs);
	return one.outcome.kind === 'waiting' ? `; now it waits past ${after}` : `; now ${after}`;
}
