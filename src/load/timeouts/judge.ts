import type {Verdict} from '../../kernel/report.js';
import {msWords} from '../words.js';
import type {ScenarioName} from './names.js';
import type {NotTried, Seen} from './seen.js';
import type {Settings, TimeoutName} from './settings.js';

export type Judgement = {readonly verdict: Exclude<Verdict, 'skip'>; readonly reason: string};

/** A customer who waits for longer has left. */
export const CUSTOMER_MS = 10_000;

/** The limit that should end an operation in each fault that could make it wait. */
const LIMITS: Readonly<Partial<Record<ScenarioName, TimeoutName>>> = {
	slow: 'socketTimeoutMS',
	hang: 'socketTimeoutMS',
	stuck: 'socketTimeoutMS',
	mute: 'serverSelectionTimeoutMS',
	refuse: 'serverSelectionTimeoutMS',
	reset: 'serverSelectionTimeoutMS',
	'reset-write': 'serverSelectionTimeoutMS',
	gone: 'serverSelectionTimeoutMS',
	pool: 'waitQueueTimeoutMS',
	busy: 'maxTimeMS',
	election: 'serverSelectionTimeoutMS',
	shutdown: 'serverSelectionTimeoutMS',
};

/** Faults that a driver is made to hide by trying once more. */
const RETRIED: readonly ScenarioName[] = ['reset', 'reset-write', 'election', 'shutdown'];

/** What a scenario says about the shop's options: what waits for ever or leaks fails. Pure. */
export function judge(seen: Seen | NotTried, settings: Settings, patienceMs: number): Judgement {
	if ('why' in seen) return {verdict: 'inconclusive', reason: `not tried: ${seen.why}`};
	const bad = judgeConnections(seen) ?? judgeStored(seen);
	if (bad !== undefined) return bad;
	if (seen.outcome.kind === 'waiting') return judgeWaiting(seen, settings, patienceMs);
	return judgeRecovery(seen, patienceMs) ?? judgeEnded(seen);
}

function judgeConnections({connections: {notReturned, leftOpen}}: Seen): Judgement | undefined {
	if (notReturned > 0)
		return {verdict: 'fail', reason: `${count(notReturned, 'connection')} never came back to the pool`};
	if (leftOpen > 0)
		return {verdict: 'fail', reason: `${count(leftOpen, 'connection')} stayed open when the client was closed`};
	return undefined;
}

function judgeStored({stored, outcome}: Seen): Judgement | undefined {
	if (stored === undefined || outcome.kind === 'waiting') return undefined;
	if (outcome.kind === 'ok' && stored !== 1)
		return {verdict: 'fail', reason: `the write was reported as done, and is there ${stored} times`};
	if (outcome.kind === 'error' && stored === 1)
		return {verdict: 'warn', reason: 'the shop sees an error, and the write is there all the same'};
	return undefined;
}

function judgeWaiting({scenario}: Seen, {timeouts}: Settings, patienceMs: number): Judgement {
	const name = LIMITS[scenario];
	const value = name === undefined ? undefined : timeouts[name].value;
	if (value !== undefined && value > 0)
		return {
			verdict: 'warn',
			reason: `not ended within ${msWords(patienceMs)}: ${name} ends ${name === 'socketTimeoutMS' ? 'each try' : 'it'} after ${msWords(value)}`,
		};
	const beat = (timeouts.heartbeatFrequencyMS.value ?? 0) + (timeouts.connectTimeoutMS.value ?? 0);
	const how =
		scenario === 'hang'
			? `: only the monitor notices, after heartbeatFrequencyMS + connectTimeoutMS = ${msWords(beat)}`
			: scenario === 'stuck'
				? ' for ever: heartbeats are answered, on another connection'
				: ' for ever';
	return {verdict: 'fail', reason: `with ${name} ${value ?? 'not given'} it waits${how}`};
}

function judgeRecovery({recoveredMs, reconnectedMs}: Seen, patienceMs: number): Judgement | undefined {
	if (recoveredMs === null && typeof reconnectedMs === 'number')
		return {
			verdict: 'warn',
			reason:
				'once the first connection has failed, this client only says MongoTopologyClosedError: call connect() again, or end and be started again',
		};
	if (recoveredMs === null)
		return {verdict: 'fail', reason: `does not work again within ${msWords(patienceMs)} after the fault`};
	if (recoveredMs !== undefined && recoveredMs > CUSTOMER_MS)
		return {verdict: 'warn', reason: `works again only ${msWords(recoveredMs)} after the fault`};
	return undefined;
}

function judgeEnded({scenario, outcome, afterMs, tries}: Seen): Judgement {
	if (afterMs > CUSTOMER_MS) return {verdict: 'warn', reason: `a customer has left after ${msWords(afterMs)}`};
	if (outcome.kind === 'ok')
		return {verdict: 'pass', reason: tries > 1 ? `hidden from the shop by ${tries} tries` : 'the shop only waits'};
	if (RETRIED.includes(scenario))
		return {
			verdict: 'warn',
			reason: tries > 1 ? `an error after ${tries} tries` : 'an error, and it is not tried again',
		};
	if (scenario === 'slow')
		return {verdict: 'warn', reason: `an answer that comes after a second is given up, and was asked ${times(tries)}`};
	return {verdict: 'pass', reason: `ends after ${msWords(afterMs)}`};
}

function count(amount: number, noun: string): string {
	return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

function times(amount: number): string {
	return amount === 1 ? 'once' : `${amount} times`;
}
