import type {Difference} from '../backup/content.js';
import type {BackupManifest} from '../backup/manifest.js';
import type {RehearseResult} from '../backup/rehearse.js';
import type {RestoreResult} from '../backup/restore.js';
import {formatBytes, formatDuration, formatMoment} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block} from '../kernel/report.js';
import type {Session} from './session.js';

export type RestorePlan = {
	readonly manifest: BackupManifest;
	readonly toDatabase: string;
	/** Collections that are dropped first. */
	readonly dropped: readonly string[];
};

export function restorePlanBlocks({manifest, toDatabase, dropped}: RestorePlan): Block[] {
	const {id, createdAt, database, archive, collections} = manifest;
	const documents = collections.reduce((sum, collection) => sum + collection.documents, 0);
	return [
		{kind: 'title', text: `Restore ${id}`},
		{
			kind: 'facts',
			facts: [
				['taken', `${formatMoment(Date.parse(createdAt))}, of ${database.name}`],
				[
					'holds',
					`${documents} documents in ${collections.length} collections, ${formatBytes(archive.uncompressedBytes)}`,
				],
				['into', toDatabase],
				['drops', dropped.length === 0 ? 'nothing' : dropped.join(', ')],
			],
		},
	];
}

export function restoreDryRunAnswer({command}: Session, plan: RestorePlan): Answer {
	const {manifest, toDatabase, dropped} = plan;
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {dryRun: true, plan: {backup: manifest.id, toDatabase, dropped}},
		},
		document: [...restorePlanBlocks(plan), {kind: 'text', text: 'Nothing was changed (--dry-run)'}],
	};
}

export function restoredAnswer(
	{command}: Session,
	{manifest, toDatabase}: RestorePlan,
	{engine, documents, durationMs}: RestoreResult,
	differences: readonly Difference[],
): Answer {
	const isSame = differences.length === 0;
	return {
		report: {
			command,
			verdict: isSame ? 'pass' : 'fail',
			exitCode: isSame ? EXIT.ok : EXIT.no,
			data: {backup: manifest.id, toDatabase, engine, documents, differences, durationMs},
		},
		document: [
			{kind: 'title', text: `Restored ${manifest.id} into ${toDatabase}`, note: formatDuration(durationMs)},
			comparison(documents, differences),
		],
	};
}

export function rehearsedAnswer({command}: Session, result: RehearseResult): Answer {
	const {manifest, engine, documents, differences, restoreMs, durationMs} = result;
	const isSame = differences.length === 0;
	return {
		report: {
			command,
			verdict: isSame ? 'pass' : 'fail',
			exitCode: isSame ? EXIT.ok : EXIT.no,
			data: {backup: manifest.id, engine, documents, differences, restoreMs, durationMs},
		},
		document: [
			{
				kind: 'title',
				text: isSame ? `Backup ${manifest.id} restores` : `Backup ${manifest.id} does not restore as it was`,
				note: `${formatDuration(restoreMs)} to restore`,
			},
			comparison(documents, differences),
		],
	};
}

function comparison(documents: number, differences: readonly Difference[]): Block {
	if (differences.length === 0) {
		return {kind: 'text', text: `${documents} documents, indexes and options: all as the manifest says`};
	}
	return {
		kind: 'items',
		heading: 'Not as the manifest says',
		items: differences.map(({collection, what, expected, found}) => ({
			mark: 'failed',
			text: `${collection}: ${what}`,
			lines: [`expected ${expected}`, `found ${found}`],
		})),
	};
}
