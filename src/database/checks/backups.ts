import {formatDuration} from '../../kernel/duration.js';
import {type DatabaseCheck, makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';

/** What the catalogue of backups holds of this database. */
export type BackupFacts = {
	/** As the configuration names it. */
	readonly store: string;
	readonly database: string;
	readonly newest: {readonly id: string; readonly createdMs: number; readonly isVerified: boolean} | undefined;
	/** Backups whose manifest is damaged. */
	readonly damaged: readonly string[];
};

/** Older than this, a backup gives back a shop that customers do not know. */
const OLD_MS = 7 * 86_400_000;

/** The catalogue belongs to another room: whoever asks reads it. */
export function backupsCheck(read: () => Promise<BackupFacts>): DatabaseCheck {
	return makeCheck({
		id: 'backups',
		title: 'There is a verified backup of this week',
		gather: async ({host}) => ({...(await read()), nowMs: host.now()}),
		judge: ({nowMs, ...facts}) => [judgeBackups(facts, nowMs)],
	});
}

export function judgeBackups({store, database, newest, damaged}: BackupFacts, nowMs: number): DatabaseFinding {
	const evidence = damaged.length === 0 ? [] : [`damaged: ${damaged.join(', ')}`];
	const mend = ['sastaops backup create'];
	if (newest === undefined) return {verdict: 'warn', reason: `${store} holds no backup of ${database}`, evidence, mend};
	const ageMs = Math.max(0, nowMs - newest.createdMs);
	const age = `${formatDuration(ageMs)} old`;
	if (!newest.isVerified) {
		const verify = [`sastaops backup verify ${newest.id}`];
		return {verdict: 'warn', reason: `the newest backup, ${age}, was never verified`, evidence, mend: verify};
	}
	if (ageMs > OLD_MS) return {verdict: 'warn', reason: `the newest backup is ${age}`, evidence, mend};
	if (damaged.length > 0)
		return {verdict: 'warn', reason: 'backups are damaged', evidence, mend: ['sastaops backup list']};
	return {verdict: 'pass', reason: `the newest backup is verified, and ${age}`};
}
