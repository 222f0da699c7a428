import type {BackupManifest} from '../../backup/manifest.js';
import type {JournalRecord} from '../../kernel/journal/record.js';
import type {RunEnd} from '../run.js';
import type {RollbackPlan} from './plan.js';

export type BackupChoice = {
	readonly manifests: readonly BackupManifest[];
	/** Versions of the releases above the one to go back to. */
	readonly above: ReadonlySet<string>;
	/** When production was last brought back to it, in milliseconds since the epoch; undefined when it never was. */
	readonly backAtMs: number | undefined;
};

/**
 * The backup that holds the data as a version's code left it: the oldest that a release above it took, since nothing the
 * newer code did is in it. An earlier try at the same release does not count, nor, where there is one since, what was
 * taken before production was brought back to the version: what its code wrote after that would be lost.
 */
export function chooseBackup({manifests, above, backAtMs = 0}: BackupChoice): BackupManifest | undefined {
	const lastOf = new Map<string, BackupManifest>();
	for (const manifest of manifests.toSorted((a, b) => timeOf(a) - timeOf(b))) {
		const {release, verified} = manifest;
		if (release !== undefined && verified !== null && above.has(release.version)) lastOf.set(release.version, manifest);
	}
	const oldestFirst = [...lastOf.values()].toSorted((a, b) => timeOf(a) - timeOf(b));
	return oldestFirst.find((manifest) => timeOf(manifest) > backAtMs) ?? oldestFirst[0];
}

/** When a run last brought production back to a version: a rollback, or a release whose deploy was taken back. */
export function lastBackAt(journals: readonly (readonly JournalRecord[])[], version: string): number | undefined {
	const times = journals.filter((records) => broughtBack(records, version)).map((records) => records.at(-1)?.at ?? 0);
	return times.length === 0 ? undefined : Math.max(...times);
}

function broughtBack(records: readonly JournalRecord[], version: string): boolean {
	const plan = records[0]?.data?.['plan'] as
		| Partial<Pick<RollbackPlan, 'kind' | 'version'> & {previous: {version: string}}>
		| undefined;
	const end = records.at(-1);
	const outcome = end?.type === 'end' ? (end.data?.['outcome'] as RunEnd) : undefined;
	return (
		(outcome === 'completed' && plan?.kind === 'rollback' && plan.version === version) ||
		(outcome === 'rolled-back' && plan?.previous?.version === version)
	);
}

function timeOf({createdAt}: BackupManifest): number {
	return Date.parse(createdAt);
}
