import type {Db} from 'mongodb';
import type {Catalogue, LoadedMigration} from './catalogue.js';
import {lintData} from './lint-data.js';
import {lintSource} from './lint-source.js';
import {readSourceFacts, type SourceFacts} from './source-facts.js';
import type {MigrationStatus} from './status.js';

export type LintRule =
	| 'app-import'
	| 'drops'
	| 'unsets'
	| 'unfiltered'
	| 'unique-over-duplicates'
	| 'validator-stricter-than-data'
	| 'ttl-deletes'
	| 'contract-with-expand'
	| 'not-readable'
	| 'data-not-seen';

export type RuleFinding = {
	readonly rule: LintRule;
	/** `info` is a finding its author has accepted, with the reason. */
	readonly severity: 'error' | 'warning' | 'info';
	/** Of the file, from 1; undefined for a finding on the whole. */
	readonly line?: number;
	readonly message: string;
	readonly mend: string;
};

export type LintFinding = RuleFinding & {readonly migration: string};

export type LintRequest = {
	readonly catalogue: Catalogue;
	readonly pending: readonly LoadedMigration[];
	/** The shop's database; without it every rule on data is reported as not checked. */
	readonly db?: Db | undefined;
	readonly status?: readonly MigrationStatus[] | undefined;
	/** The release under way: what it has applied already counts as part of it. */
	readonly release?: string | undefined;
	/** Milliseconds since the epoch; which documents a TTL index would delete depends on it. */
	readonly nowMs: number;
};

/** Judges migrations that are about to be applied, by their source and, with a database, by the data they will meet. */
export async function lintMigrations(request: LintRequest): Promise<LintFinding[]> {
	const {pending, db, nowMs} = request;
	const facts = new Map(pending.map((migration) => [migration.id, readSourceFacts(migration.code)]));
	const together = [...pending, ...appliedByRelease(request)];
	const findings: LintFinding[] = [];
	for (const migration of pending) {
		const own = facts.get(migration.id);
		if (own === undefined) continue;
		const found = [
			...lintSource(own, migration.migration.phase),
			...(db ? await lintData(own, db, nowMs) : dataNotSeen(own)),
			...(await lintCompany(migration, together, db)),
		];
		findings.push(...found.map((finding) => ({...accepted(finding, migration), migration: migration.id})));
	}
	return findings;
}

function appliedByRelease({catalogue, status = [], release}: LintRequest): LoadedMigration[] {
	if (release === undefined) return [];
	const ids = new Set(
		status.filter(({state, row}) => state === 'applied' && row?.release === release).map(({id}) => id),
	);
	return catalogue.migrations.filter(({id}) => ids.has(id));
}

function dataNotSeen({indexes, validators}: SourceFacts): RuleFinding[] {
	if (indexes.length === 0 && validators.length === 0) return [];
	return [
		{
			rule: 'data-not-seen',
			severity: 'warning',
			message: 'builds indexes or validators that were not compared with the data',
			mend: 'Run it again where the database can be reached',
		},
	];
}

/** A contract migration must not come with an expand one of the same collection: no release has run between them. */
async function lintCompany(
	migration: LoadedMigration,
	together: readonly LoadedMigration[],
	db: Db | undefined,
): Promise<RuleFinding[]> {
	if (migration.migration.phase !== 'contract') return [];
	const own = collectionsOf(migration);
	const expand = together.find(
		(other) =>
			other.migration.phase === 'expand' && other.number < migration.number && overlap(own, collectionsOf(other)),
	);
	if (expand === undefined || (db && (await areEmpty(own, db)))) return [];
	return [
		{
			rule: 'contract-with-expand',
			severity: 'error',
			message: `takes away in the same release in which ${expand.id} adds: the running version has no time to move over`,
			mend: 'Release the expand migration first, and this one with a later version',
		},
	];
}

function collectionsOf({code, migration}: LoadedMigration): ReadonlySet<string | undefined> {
	const named = new Set(readSourceFacts(code).collections);
	for (const step of migration.steps ?? []) if ('backfill' in step) named.add(step.backfill.collection);
	return named;
}

/** A collection whose name is not spelt out may be any. */
function overlap(own: ReadonlySet<string | undefined>, other: ReadonlySet<string | undefined>): boolean {
	return own.has(undefined) || other.has(undefined) || [...own].some((name) => other.has(name));
}

/** A new shop has nothing to lose: all its migrations may come at once. */
async function areEmpty(collections: ReadonlySet<string | undefined>, db: Db): Promise<boolean> {
	for (const name of collections) {
		if (name === undefined || (await db.collection(name).findOne({}, {projection: {_id: 1}})) !== null) return false;
	}
	return collections.size > 0;
}

function accepted(finding: RuleFinding, {migration}: LoadedMigration): RuleFinding {
	const reason = migration.accept?.[finding.rule];
	return reason === undefined
		? finding
		: {...finding, severity: 'info', message: `${finding.message} (accepted: ${reason})`};
}
