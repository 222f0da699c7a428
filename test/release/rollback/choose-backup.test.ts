import {describe, expect, it} from 'vitest';
import type {BackupManifest} from '../../../src/backup/manifest.js';
import type {JournalRecord} from '../../../src/kernel/journal/record.js';
import {chooseBackup, lastBackAt} from '../../../src/release/rollback/choose-backup.js';

function backup(day: number, version: string | undefined, isVerified = true): BackupManifest {
	const createdAt = `2026-11-${String(day).padStart(2, '0')}T08:00:00Z`;
	return {
		schemaVersion: 1,
		id: `day-${day}`,
		createdAt,
		database: {name: 'shop', lineage: 'x'},
		server: {version: '8'},
		tool: {name: 'builtin', version: '1'},
		...(version === undefined ? {} : {release: {version, tag: `v${version}`, run: `run-${day}`}}),
		archive: {file: 'a', bytes: 1, sha256: '', uncompressedBytes: 1},
		collections: [],
		optime: {start: null, end: null},
		writes: 'none',
		consistent: true,
		verified: isVerified ? {at: createdAt, depth: 'full'} : null,
		rehearsed: null,
	};
}

function journal(plan: Record<string, unknown>, outcome: string | undefined, day: number): JournalRecord[] {
	const at = Date.parse(`2026-11-${String(day).padStart(2, '0')}T12:00:00Z`);
	const begin: JournalRecord = {seq: 0, prev: '', token: 1, at: at - 1000, type: 'begin', data: {plan}};
	const end: JournalRecord = {seq: 1, prev: '', token: 1, at, type: 'end', data: {outcome}};
	return outcome === undefined ? [begin] : [begin, end];
}

const ABOVE = new Set(['1.2.0', '1.3.0']);

describe('the backup a rollback goes back to', () => {
	it.each([
		['the one before the next release, not a later one', [backup(2, '1.2.0'), backup(9, '1.3.0')], 'day-2'],
		['the last try of a release that was aborted once', [backup(2, '1.2.0'), backup(5, '1.2.0')], 'day-5'],
		['none that was not verified', [backup(2, '1.2.0', false), backup(9, '1.3.0')], 'day-9'],
		['none of a release below', [backup(1, '1.1.0'), backup(2, '1.2.0')], 'day-2'],
		['none that no release took', [backup(1, undefined)], undefined],
	])('is %s', (_title, manifests, expected) => {
		expect(chooseBackup({manifests, above: ABOVE, backAtMs: undefined})?.id).toBe(expected);
	});

	it('holds what was written after production was brought back to that version before', () => {
		const manifests = [backup(2, '1.2.0'), backup(20, '1.3.0')];
		const backAtMs = Date.parse('2026-11-03T00:00:00Z');
		expect(chooseBackup({manifests, above: ABOVE, backAtMs})?.id).toBe('day-20');
		expect(chooseBackup({manifests: manifests.slice(0, 1), above: ABOVE, backAtMs})?.id).toBe('day-2');
	});
});

describe('when production was last brought back to a version', () => {
	const rollback = {kind: 'rollback', version: '1.1.0'};
	const release = {kind: 'release', version: '1.2.0', previous: {version: '1.1.0'}};
	it.each([
		['by a rollback', journal(rollback, 'completed', 3), 3],
		['by a release whose deploy was taken back', journal(release, 'rolled-back', 4), 4],
		['not by a rollback to another version', journal({...rollback, version: '1.0.0'}, 'completed', 3), undefined],
		['not by a rollback that was aborted', journal(rollback, 'aborted', 3), undefined],
		['not by a rollback that is under way', journal(rollback, undefined, 3), undefined],
		['not by a release that stayed', journal(release, 'completed', 3), undefined],
	])('is told %s', (_title, records, day) => {
		const expected = day === undefined ? undefined : Date.parse(`2026-11-0${day}T12:00:00Z`);
		expect(lastBackAt([records], '1.1.0')).toBe(expected);
	});
});
