import type {BackupManifest} from './manifest.js';

export type KeepRules = {
	/** The newest so many. */
	readonly last: number;
	/** The newest of each of so many days that have one (UTC). */
	readonly daily: number;
	/** The newest of each of so many weeks that have one (Monday to Sunday, UTC). */
	readonly weekly: number;
};

export type KeptBackup = {readonly id: string; readonly reasons: readonly string[]};

export type PrunePlan = {
	/** Newest first, as is `remove`. */
	readonly keep: readonly KeptBackup[];
	readonly remove: readonly BackupManifest[];
};

const DAY_MS = 86_400_000;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/**
 * Decides which backups may go. Only verified ones fill the places the rules give, so that nothing is removed for the sake
 * of a backup that may be broken; and nothing goes unless a newer one of the same database is verified.
 * @param neededBy what needs a backup, by its id: "release v1.2.0"
 */
export function planPrune(
	manifests: readonly BackupManifest[],
	keep: KeepRules,
	neededBy: ReadonlyMap<string, string>,
	nowMs: number,
): PrunePlan {
	const reasons = new Map<string, string[]>();
	const add = (id: string, reason: string) => reasons.set(id, [...(reasons.get(id) ?? []), reason]);
	const newestFirst = [...manifests].sort((a, b) => createdMs(b) - createdMs(a));

	for (const ofDatabase of groupByLineage(newestFirst)) {
		const verified = ofDatabase.filter((manifest) => manifest.verified !== null && createdMs(manifest) <= nowMs);
		for (const {id} of verified.slice(0, keep.last)) add(id, 'newest');
		for (const {id} of newestOfEach(verified, keep.daily, dayOf)) add(id, 'daily');
		for (const {id} of newestOfEach(verified, keep.weekly, weekOf)) add(id, 'weekly');

		const newestVerified = verified[0];
		for (const manifest of ofDatabase) {
			if (createdMs(manifest) > nowMs) add(manifest.id, 'dated in the future');
			else if (newestVerified === undefined || createdMs(manifest) > createdMs(newestVerified)) {
				add(manifest.id, 'no newer one is verified');
			}
		}
	}
	for (const [id, reason] of neededBy) add(id, `needed by ${reason}`);

	return {
		keep: newestFirst.flatMap(({id}) => {
			const why = reasons.get(id);
			return why === undefined ? [] : [{id, reasons: why}];
		}),
		remove: newestFirst.filter(({id}) => !reasons.has(id)),
	};
}

/** What the releases need: the newest backup of each of the newest releases, to go back to. */
export function neededByReleases(manifests: readonly BackupManifest[], releases: number): Map<string, string> {
	const needed = new Map<string, string>();
	const tags = new Set<string>();
	for (const {id, release} of [...manifests].sort((a, b) => createdMs(b) - createdMs(a))) {
		if (release === undefined || tags.has(release.tag) || tags.size >= releases) continue;
		tags.add(release.tag);
		needed.set(id, `release ${release.tag}`);
	}
	return needed;
}

function newestOfEach(
	manifests: readonly BackupManifest[],
	count: number,
	periodOf: (manifest: BackupManifest) => number,
): BackupManifest[] {
	const newest = new Map<number, BackupManifest>();
	for (const manifest of manifests) {
		const period = periodOf(manifest);
		if (!newest.has(period)) newest.set(period, manifest);
	}
	return [...newest.values()].slice(0, count);
}

function groupByLineage(manifests: readonly BackupManifest[]): BackupManifest[][] {
	const groups = new Map<string, BackupManifest[]>();
	for (const manifest of manifests) {
		const {lineage} = manifest.database;
		groups.set(lineage, [...(groups.get(lineage) ?? []), manifest]);
	}
	return [...groups.values()];
}

function createdMs({createdAt}: BackupManifest): number {
	return Date.parse(createdAt);
}

function dayOf(manifest: BackupManifest): number {
	return Math.floor(createdMs(manifest) / DAY_MS);
}

function weekOf(manifest: BackupManifest): number {
	return Math.floor((createdMs(manifest) - FIRST_MONDAY_MS) / (7 * DAY_MS));
}
