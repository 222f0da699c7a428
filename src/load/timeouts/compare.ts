import {msWords} from '../words.js';
import {CUSTOMER_MS, type Judgement} from './judge.js';
import type {ScenarioName} from './names.js';
import type {NotTried, Seen} from './seen.js';
import {type Settings, TIMEOUTS, type TimeoutName} from './settings.js';

/** One option: what is configured, and what a fault showed of it. */
export type Compared = {
	readonly name: TimeoutName;
	readonly value: number | null;
	readonly origin: Settings['timeouts'][TimeoutName]['origin'];
	readonly observed: string;
	readonly verdict: Judgement['verdict'];
};

type Look = (
	value: number | undefined,
	of: (scenario: ScenarioName) => Seen | undefined,
) => Pick<Compared, 'observed' | 'verdict'>;

const NOT_TRIED = {observed: 'not tried', verdict: 'inconclusive'} as const;

/** Each option beside what was seen of it. Pure. */
export function compare(seen: readonly (Seen | NotTried)[], {timeouts}: Settings, driver: string): readonly Compared[] {
	const found = new Map(seen.flatMap((one) => ('why' in one ? [] : [[one.scenario, one] as const])));
	return TIMEOUTS.map((name) => {
		const {value, origin} = timeouts[name];
		const look = name === 'timeoutMS' ? ignoredBy(driver) : LOOKS[name];
		return {name, value: value ?? null, origin, ...look(value, (scenario) => found.get(scenario))};
	});
}

const LOOKS: Readonly<Record<Exclude<TimeoutName, 'timeoutMS'>, Look>> = {
	connectTimeoutMS(value, of) {
		const mute = of('mute');
		if (mute === undefined) return NOT_TRIED;
		if (mute.heartbeatMs !== undefined)
			return {observed: `given up after ${msWords(mute.heartbeatMs)}`, verdict: isLong(value)};
		return {observed: `not reached in ${msWords(mute.afterMs)}`, verdict: value === 0 ? 'fail' : isLong(value)};
	},
	serverSelectionTimeoutMS: (value, of) => waited(value, of('refuse') ?? of('mute'), isLong(value)),
	socketTimeoutMS: (value, of) => limited(value, of('stuck') ?? of('hang'), isVeryLong(value)),
	waitQueueTimeoutMS: (value, of) => limited(value, of('pool'), isLong(value)),
	maxTimeMS(value, of) {
		if (value === undefined || value === 0) return {observed: 'not given', verdict: 'warn'};
		const busy = of('busy');
		const byServer = busy?.outcome.kind === 'error' && busy.outcome.error.code === MAX_TIME_EXPIRED;
		return waited(value, busy, byServer ? isVeryLong(value) : 'warn');
	},
	heartbeatFrequencyMS(_, of) {
		const gone = of('gone');
		if (gone?.recoveredMs === undefined) return NOT_TRIED;
		if (gone.recoveredMs === null) return {observed: 'a server that returns is not found', verdict: 'fail'};
		return {
			observed: `back after ${msWords(gone.recoveredMs)}`,
			verdict: gone.recoveredMs > CUSTOMER_MS ? 'warn' : 'pass',
		};
	},
	maxPoolSize(value, of) {
		if (value === 0) return {observed: 'no limit', verdict: 'warn'};
		const pool = of('pool');
		if (pool === undefined) return NOT_TRIED;
		const {mostOpen} = pool.connections;
		return {observed: `${mostOpen} open at most`, verdict: mostOpen > (value ?? 0) ? 'fail' : 'pass'};
	},
};

const MAX_TIME_EXPIRED = 50;
const VERY_LONG_MS = 60_000;

/** Ends so much later than configured are told apart from a busy machine. */
const LATE_MS = 500;

function ignoredBy(driver: string): Look {
	return (value) =>
		value === undefined
			? {observed: 'not given', verdict: 'pass'}
			: {observed: `ignored by driver ${driver}`, verdict: 'warn'};
}

function limited(value: number | undefined, seen: Seen | undefined, verdict: Compared['verdict']) {
	return waited(value, seen, value === undefined || value === 0 ? 'fail' : verdict);
}

function waited(
	value: number | undefined,
	seen: Seen | undefined,
	judged: Compared['verdict'],
): Pick<Compared, 'observed' | 'verdict'> {
	if (seen === undefined) return NOT_TRIED;
	const {outcome, afterMs, tries} = seen;
	const isLate = outcome.kind !== 'waiting' && afterMs > (value ?? 0) * Math.max(1, tries) * 2 + LATE_MS;
	const verdict = isLate && judged === 'pass' ? 'warn' : judged;
	const after = msWords(afterMs);
	switch (outcome.kind) {
		case 'waiting':
			return {observed: `still waiting after ${after}`, verdict};
		case 'ok':
			return {observed: `ended after ${after}, ${tries} tries`, verdict};
		case 'error':
			return {observed: `ended after ${after}`, verdict};
		default:
			return outcome satisfies never;
	}
}

function isLong(value: number | undefined): 'warn' | 'pass' {
	return (value ?? 0) > CUSTOMER_MS ? 'warn' : 'pass';
}

function isVeryLong(value: number | undefined): 'warn' | 'pass' {
	return (value ?? 0) > VERY_LONG_MS ? 'warn' : 'pass';
}
