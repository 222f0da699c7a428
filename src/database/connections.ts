import type {Db} from 'mongodb';
import type {Verdict} from '../kernel/report.js';
import {askIfAllowed} from './refused.js';

/** Connections of the server. */
export type Connections = {readonly current: number; readonly available: number};

/** Asks serverStatus; undefined where the server does not tell this user. */
export async function readConnections(db: Db): Promise<Connections | undefined> {
	const answer = await askIfAllowed(
		() =>
			db.admin().command({serverStatus: 1}) as Promise<{
				connections?: {current?: number; available?: number};
			}>,
	);
	const {current, available} = 'value' in answer ? (answer.value.connections ?? {}) : {};
	// A server that has taken us and has none left counts none at all.
	return current === undefined || !available ? undefined : {current, available};
}

/** Judges how many are taken now. */
export function judgeConnections(facts: Connections | undefined): {
	readonly verdict: Verdict;
	readonly reason: string;
	readonly evidence?: readonly string[];
} {
	if (facts === undefined)
		return {
			verdict: 'skip',
			reason: 'the server does not tell this user how many there are',
		};
	const {current, available} = facts;
	const used = current / Math.max(1, current + available);
	const evidence = [`${current} of ${current + available} are open`];
	if (used > 0.9) return {verdict: 'fail', reason: 'nine of ten connections of the server are taken', evidence};
	if (used > 0.7) return {verdict: 'warn', reason: 'seven of ten connections of the server are taken', evidence};
	return {verdict: 'pass', reason: 'there are connections left', evidence};
}
