import {makeCheck} from '../../check.js';
import type {BackupFacts} from '../../facts/backups.js';
import type {Finding} from '../../verdict.js';
import {ageWords, BACKUP_CHECK} from './about.js';

const HOUR_MS = 3_600_000;

export const backupFreshness = makeCheck<BackupFacts>({
	...BACKUP_CHECK,
	id: 'backup.freshness',
	title: 'The newest backup is of the last 24 hours, and whole',
	severity: 'high',
	why: 'What was ordered since the newest backup is lost with the database.',
	fix: 'sastaops backup create, and run it every day',
	references: ['facts of the shop: one day of orders at most'],
	judge: (facts, {host}) => judgeFreshness(facts, host.now()),
});

export function judgeFreshness(
	{manifests, damaged, archiveBytes, store}: BackupFacts,
	nowMs: number,
): readonly Finding[] {
	const damage = damaged.map(
		(id): Finding => ({
			verdict: 'fail',
			reason: `the manifest of backup ${id} is damaged`,
			subject: id,
			fix: `sastaops backup verify ${id}`,
		}),
	);
	return [...damage, judgeNewest({manifests, archiveBytes, store}, nowMs)];
}

function judgeNewest(
	{manifests, archiveBytes, store}: Pick<BackupFacts, 'manifests' | 'archiveBytes' | 'store'>,
	nowMs: number,
): Finding {
	const [newest, before] = manifests;
	if (newest === undefined)
		return {verdict: 'fail', reason: 'there is no backup', evidence: [store], severity: 'critical'};
	if (archiveBytes !== newest.archive.bytes) {
		const reason =
			archiveBytes === undefined
				? 'the archive of the newest backup is gone'
				: 'the archive of the newest backup is not as long as it was';
		return {verdict: 'fail', reason, evidence: [newest.archive.file], fix: `sastaops backup verify ${newest.id}`};
	}
	const ageMs = nowMs - Date.parse(newest.createdAt);
	const evidence = [`${newest.id}, ${ageWords(Math.max(0, ageMs))} old`];
	if (ageMs < -HOUR_MS)
		return {
			verdict: 'fail',
			reason: 'the newest backup is from the future: a clock is wrong',
			evidence,
			fix: 'set the clock of the machine that makes backups',
		};
	if (ageMs > 48 * HOUR_MS) return {verdict: 'fail', reason: 'the newest backup is more than two days old', evidence};
	if (ageMs > 24 * HOUR_MS) return {verdict: 'warn', reason: 'the newest backup is more than a day old', evidence};
	if (before !== undefined && newest.archive.uncompressedBytes < before.archive.uncompressedBytes / 2) {
		return {
			verdict: 'warn',
			reason: 'the newest backup is less than half of the one before',
			evidence: [`${newest.archive.uncompressedBytes} bytes, and ${before.archive.uncompressedBytes} before`],
			fix: 'look at what was deleted, before the older backups are pruned',
		};
	}
	return {verdict: 'pass', reason: 'the newest backup is of the last 24 hours', evidence};
}
