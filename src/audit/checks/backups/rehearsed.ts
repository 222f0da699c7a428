import {makeCheck} from '../../check.js';
import type {BackupFacts} from '../../facts/backups.js';
import type {Finding} from '../../verdict.js';
import {ageWords, BACKUP_CHECK} from './about.js';

const LONGEST_MS = 30 * 86_400_000;

export const backupRehearsed = makeCheck<BackupFacts>({
	...BACKUP_CHECK,
	id: 'backup.rehearsed',
	title: 'A backup was restored and compared in the last 30 days',
	severity: 'medium',
	why: 'Only a restore proves that a restore works, and tells how long it takes.',
	fix: 'sastaops backup rehearse latest',
	references: [],
	judge: (facts, {host}) => judgeRehearsed(facts, host.now()),
});

export function judgeRehearsed({manifests}: BackupFacts, nowMs: number): Finding {
	if (manifests.length === 0) return {verdict: 'skip', reason: 'there is no backup'};
	const moments = manifests.flatMap(({rehearsed}) => (rehearsed === null ? [] : [Date.parse(rehearsed.at)]));
	if (moments.length === 0) return {verdict: 'warn', reason: 'no backup was ever restored to try it'};
	const ageMs = nowMs - Math.max(...moments);
	const evidence = [`${ageWords(Math.max(0, ageMs))} ago`];
	return ageMs > LONGEST_MS
		? {verdict: 'warn', reason: 'the last rehearsal is more than 30 days ago', evidence}
		: {verdict: 'pass', reason: 'a backup was restored and compared in the last 30 days', evidence};
}
