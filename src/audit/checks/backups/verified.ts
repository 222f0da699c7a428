import {makeCheck} from '../../check.js';
import type {BackupFacts} from '../../facts/backups.js';
import type {Finding} from '../../verdict.js';
import {BACKUP_CHECK} from './about.js';

export const backupVerified = makeCheck<BackupFacts>({
	...BACKUP_CHECK,
	id: 'backup.verified',
	title: 'The newest backup was read to its end and found whole',
	severity: 'high',
	why: 'A backup that nobody has read is a hope: half of an archive looks like all of it until it is needed.',
	fix: 'sastaops backup verify latest',
	references: [],
	judge: judgeVerified,
});

export function judgeVerified({manifests}: BackupFacts): Finding {
	const [newest] = manifests;
	if (newest === undefined) return {verdict: 'skip', reason: 'there is no backup'};
	const evidence = [newest.id];
	if (newest.verified === null) return {verdict: 'fail', reason: 'the newest backup was never verified', evidence};
	if (newest.verified.depth !== 'full')
		return {verdict: 'warn', reason: 'only the digest of the newest backup was verified', evidence};
	if (!newest.consistent && newest.writes !== 'none')
		return {
			verdict: 'warn',
			reason: 'the shop wrote while the newest backup was made: its collections are of different moments',
			evidence,
			fix: 'let backups read at one instant: a replica set, and the privileges that sastaops backup create names',
		};
	return {verdict: 'pass', reason: 'every byte of the newest backup was verified', evidence};
}
