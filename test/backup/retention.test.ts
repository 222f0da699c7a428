import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {BackupManifest} from '../../src/backup/manifest.js';
import {neededByReleases, planPrune} from '../../src/backup/retention.js';
import {sampleManifest} from './sample-manifest.js';

const NOW = Date.parse('2026-07-31T12:00:00Z');
const HOUR = 3_600_000;
const RULES = {last: 2, daily: 3, weekly: 2};

function backup(hoursAgo: number, changes: Partial<BackupManifest> = {}): BackupManifest {
	return sampleManifest({id: `h${hoursAgo}`, createdAt: new Date(NOW - hoursAgo * HOUR).toISOString(), ...changes});
}

describe('planPrune', () => {
	it('keeps the newest, one a day, one a week, and removes the rest', () => {
		const backups = [1, 2, 3, 25, 26, 49, 73, 24 * 8, 24 * 9, 24 * 20].map((hours) => backup(hours));
		const {keep, remove} = planPrune(backups, RULES, new Map(), NOW);
		expect(Object.fromEntries(keep.map(({id, reasons}) => [id, reasons.join()]))).toEqual({
			h1: 'newest,daily,weekly',
			h2: 'newest',
			h25: 'daily',
			h49: 'daily',
			h192: 'weekly',
		});
		expect(remove.map(({id}) => id)).toEqual(['h3', 'h26', 'h73', 'h216', 'h480']);
	});

	it('removes nothing that has no newer verified backup', () => {
		const backups = [backup(1, {verified: null}), backup(2, {verified: null}), backup(3)];
		expect(planPrune(backups, {last: 1, daily: 0, weekly: 0}, new Map(), NOW).remove).toEqual([]);
		const none = backups.map((manifest) => ({...manifest, verified: null}));
		expect(planPrune(none, {last: 1, daily: 0, weekly: 0}, new Map(), NOW).remove).toEqual([]);
	});

	it('gives no place to a backup that is not verified', () => {
		const backups = [backup(1), backup(2, {verified: null}), backup(3)];
		const {keep} = planPrune(backups, {last: 2, daily: 0, weekly: 0}, new Map(), NOW);
		expect(keep.map(({id}) => id)).toEqual(['h1', 'h3']);
	});

	it('never removes what a release needs', () => {
		const backups = [1, 2, 900].map((hours) => backup(hours));
		const {keep} = planPrune(backups, {last: 1, daily: 0, weekly: 0}, new Map([['h900', 'release v1.0.0']]), NOW);
		expect(keep).toContainEqual({id: 'h900', reasons: ['needed by release v1.0.0']});
	});

	it('keeps what the clock says is not yet taken', () => {
		expect(planPrune([backup(-5), backup(1)], {last: 1, daily: 0, weekly: 0}, new Map(), NOW).remove).toEqual([]);
	});

	it('judges each database by itself', () => {
		const other = {database: {name: 'other', lineage: 'theirs'}};
		const {keep} = planPrune([backup(1), backup(2, other)], {last: 1, daily: 0, weekly: 0}, new Map(), NOW);
		expect(keep.map(({id}) => id)).toEqual(['h1', 'h2']);
	});

	it('always leaves the newest verified backup, and parts all backups into kept and removed', () => {
		const anyBackup = fc.record({hours: fc.integer({min: -100, max: 20_000}), isVerified: fc.boolean()});
		void fc.assert(
			fc.property(
				fc.uniqueArray(anyBackup, {selector: ({hours}) => hours}),
				fc.integer({min: 1, max: 5}),
				(all, last) => {
					const backups = all.map(({hours, isVerified}) => backup(hours, isVerified ? {} : {verified: null}));
					const {keep, remove} = planPrune(backups, {last, daily: 2, weekly: 1}, new Map(), NOW);
					expect(keep.length + remove.length).toBe(backups.length);
					const kept = new Set(keep.map(({id}) => id));
					for (const gone of remove) {
						const isCovered = backups.some(
							(other) => kept.has(other.id) && other.verified !== null && other.createdAt > gone.createdAt,
						);
						expect(isCovered).toBe(true);
					}
				},
			),
		);
	});
});

describe('neededByReleases', () => {
	it('is the newest backup of each of the newest releases', () => {
		const of = (hours: number, tag: string) => backup(hours, {release: {version: tag.slice(1), tag, run: 'r'}});
		const needed = neededByReleases([of(1, 'v3'), of(2, 'v2'), of(3, 'v2'), of(4, 'v1'), backup(5)], 2);
		expect([...needed]).toEqual([
			['h1', 'release v3'],
			['h2', 'release v2'],
		]);
	});
});
