import {errorCode} from '../../../kernel/errors.js';
import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';
import type {Finding} from '../../verdict.js';

/** Of the server; undefined where it does not tell. */
type Facts = {readonly current: number; readonly available: number} | undefined;

export const dbConnections = makeCheck<Facts>({
	...DATABASE_CHECK,
	id: 'db.connections',
	title: 'The server has connections left for a busy hour',
	severity: 'medium',
	why: 'When a server has no connection left, every new process of the shop fails to start, on the busiest evening.',
	fix: 'lower POOL_MAX of the shop’s processes, or take a server that allows more',
	references: ['MongoDB manual, serverStatus.connections'],
	async gather(context) {
		const {db} = await openDatabase(context);
		try {
			const {connections} = (await db.admin().command({serverStatus: 1})) as {
				connections?: {current?: number; available?: number};
			};
			const {current, available} = connections ?? {};
			// A server that has taken us and has none left counts none at all.
			return current === undefined || !available ? undefined : {current, available};
		} catch (error) {
			// Unauthorized, or not on this tier of Atlas.
			if ([13, 59, 8000, 115].includes(Number(errorCode(error)))) return undefined;
			throw error;
		}
	},
	judge: judgeConnections,
});

export function judgeConnections(facts: Facts): Finding {
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
