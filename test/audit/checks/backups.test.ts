import {describe, expect, it} from 'vitest';
import {judgeFreshness} from '../../../src/audit/checks/backups/freshness.js';
import {judgePrivate} from '../../../src/audit/checks/backups/private.js';
import {judgeRehearsed} from '../../../src/audit/checks/backups/rehearsed.js';
import {judgeVerified} from '../../../src/audit/checks/backups/verified.js';
import type {BackupFacts} from '../../../src/audit/facts/backups.js';
import type {BackupManifest} from '../../../src/backup/manifest.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const HOUR_MS = 3_600_000;
const ago = (hours: number) => new Date(NOW - hours * HOUR_MS).toISOString();

const manifest = (hours: number, overrides: Partial<BackupManifest> = {}): BackupManifest => ({
	schemaVersion: 1,
	id: `backup-${hours}`,
	createdAt: ago(hours),
	database: {name: 'sastabazar', lineage: 'a'},
	server: {version: '8.0'},
	tool: {name: 'mongodump', version: '100.3.1'},
	archive: {file: 'a.archive.gz', bytes: 500, sha256: 'a'.repeat(64), uncompressedBytes: 10_000},
	collections: [],
	optime: {start: null, end: null},
	writes: 'none',
	consistent: true,
	verified: {at: ago(hours), depth: 'full'},
	rehearsed: {at: ago(hours)},
	...overrides,
});

const facts = (manifests: readonly BackupManifest[], overrides: Partial<BackupFacts> = {}): BackupFacts => ({
	store: '/srv/backups',
	manifests,
	damaged: [],
	folderMode: 0o700,
	archiveMode: 0o600,
	archiveBytes: 500,
	...overrides,
});

const small = {...manifest(1).archive, uncompressedBytes: 4000};

describe('the newest backup', () => {
	it.each([
		['of an hour ago', facts([manifest(1)]), 'pass'],
		['of 24 hours ago', facts([manifest(24)]), 'pass'],
		['of 25 hours ago', facts([manifest(25)]), 'warn'],
		['of 49 hours ago', facts([manifest(49)]), 'fail'],
		['of tomorrow', facts([manifest(-24)]), 'fail'],
		['that is not there', facts([]), 'fail'],
		['whose archive is gone', facts([manifest(1)], {archiveBytes: undefined}), 'fail'],
		['whose archive was cut', facts([manifest(1)], {archiveBytes: 499}), 'fail'],
		['of half the size', facts([manifest(1, {archive: small}), manifest(25)]), 'warn'],
		['beside a damaged manifest', facts([manifest(1)], {damaged: ['backup-9']}), 'fail'],
	] as const)('%s: %s', (_, given, verdict) => {
		expect(judgeFreshness(given, NOW)[0]?.verdict).toBe(verdict);
	});

	it.each([
		['read to its end', manifest(1), 'pass'],
		['of which only the digest was read', manifest(1, {verified: {at: ago(1), depth: 'hash'}}), 'warn'],
		['never read', manifest(1, {verified: null}), 'fail'],
		['made while the shop wrote, of different moments', manifest(1, {consistent: false, writes: 'seen'}), 'warn'],
		['of different moments, in which nothing was written', manifest(1, {consistent: false}), 'pass'],
	] as const)('%s is %s', (_, newest, verdict) => {
		expect(judgeVerified(facts([newest])).verdict).toBe(verdict);
	});
});

it.each([
	['an older backup counts', [manifest(1, {rehearsed: null}), manifest(24 * 29)], 'pass'],
	['more than 30 days ago', [manifest(24 * 31)], 'warn'],
	['never', [manifest(1, {rehearsed: null})], 'warn'],
	['without a backup', [], 'skip'],
] as const)('a rehearsal: %s', (_, manifests, verdict) => {
	expect(judgeRehearsed(facts(manifests), NOW).verdict).toBe(verdict);
});

it.each([
	['closed to others', 0o700, 0o600, 'pass'],
	['readable files in a closed folder', 0o700, 0o644, 'pass'],
	['closed files in an open folder', 0o755, 0o600, 'pass'],
	['open to the group', 0o750, 0o640, 'fail'],
	['on a system without modes', undefined, undefined, 'skip'],
] as const)('a store %s', (_, folderMode, archiveMode, verdict) => {
	expect(judgePrivate(facts([manifest(1)], {folderMode, archiveMode}))[0]?.verdict).toBe(verdict);
});
