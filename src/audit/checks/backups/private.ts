import {makeCheck} from '../../check.js';
import type {BackupFacts} from '../../facts/backups.js';
import type {Finding} from '../../verdict.js';
import {BACKUP_CHECK} from './about.js';

export const backupPrivate = makeCheck<BackupFacts>({
	...BACKUP_CHECK,
	id: 'backup.private',
	title: 'Only its owner can read the backups',
	severity: 'high',
	why: 'A backup holds every customer; whoever reads it needs no password of the database.',
	fix: 'chmod 700 the folder and 600 the files in it',
	references: [],
	judge: judgePrivate,
});

export function judgePrivate({manifests, folderMode, archiveMode, store}: BackupFacts): readonly Finding[] {
	if (manifests.length === 0) return [{verdict: 'skip', reason: 'there is no backup'}];
	if (folderMode === undefined || archiveMode === undefined)
		return [{verdict: 'skip', reason: 'this machine has no permission bits to look at'}];
	// A file that others may read is out of reach in a folder that they may not enter.
	if ((folderMode & 0o077) === 0) return [{verdict: 'pass', reason: 'only its owner can enter the folder'}];
	if ((archiveMode & 0o077) === 0) return [{verdict: 'pass', reason: 'only its owner can read the archives'}];
	const evidence = [`${store} has mode ${folderMode.toString(8)}, the archive ${archiveMode.toString(8)}`];
	return [{verdict: 'fail', reason: 'others on this machine can read the backups', evidence}];
}
