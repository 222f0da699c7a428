import type {CanaryPlan} from '../canary/plan.js';
import {canonicalJson, sha256} from '../kernel/canonical.js';
import type {Config} from '../kernel/config/schema.js';
import type {Tagger} from '../ports/git.js';
import type {TaggedVersion} from './version.js';

/** Grows when a plan of an older sastaops can no longer be run by this one. */
export const PLAN_VERSION = 1;

export type PlannedMigration = {
	readonly id: string;
	readonly title: string;
	readonly phase: 'expand' | 'contract';
	readonly isReversible: boolean;
	readonly checksum: string;
	/** Documents it will touch; null where it cannot be told. */
	readonly documents: number | null;
};

export type PlannedSeed = {
	readonly id: string;
	readonly title: string;
	readonly checksum: string;
	readonly collection: string;
	readonly added: number;
	readonly changed: number;
};

/** A release, decided: plain data, written into the journal and run from there, by whichever machine. */
export type ReleasePlan = {
	readonly planVersion: number;
	readonly kind: 'release';
	/** Name of the run: begins with its time, so that names sort by age. */
	readonly run: string;
	/** Milliseconds since the epoch. */
	readonly createdAt: number;
	readonly shop: string;
	readonly environment: string;
	readonly version: string;
	readonly tag: string;
	readonly commit: string;
	readonly branch: string;
	readonly remote: string;
	readonly isPrerelease: boolean;
	readonly previous: TaggedVersion | null;
	/** Commits since the previous release. */
	readonly commits: number;
	/** Markdown, without the run's marker. */
	readonly notes: string;
	/** File the release is written into, relative to the repository's top; null where there is none. */
	readonly changelog: string | null;
	readonly tagger: Tagger;
	readonly sign: boolean;
	readonly database: {readonly name: string} | null;
	readonly backup: {readonly id: string; readonly estimatedBytes: number; readonly estimatedDocuments: number} | null;
	readonly migrations: readonly PlannedMigration[];
	readonly seeds: readonly PlannedSeed[];
	readonly github: {readonly repository: string; readonly assets: readonly string[]} | null;
	readonly deploy: {readonly title: string; readonly onFailure: 'ask' | 'rollback' | 'stop'} | null;
	/** The canary that is its deploy; null where it is deployed at once. */
	readonly canary: CanaryPlan | null;
	/** Where the new version must answer; null where the configuration names no shop address. */
	readonly health: {readonly url: string; readonly timeoutMs: number; readonly intervalMs: number} | null;
	readonly configHash: string;
};

/** What a resumed run must find unchanged: the configuration without its addresses, which differ between machines. */
export function hashConfig(config: Config): string {
	const {headers: _headers, ...shop} = config.shop;
	const database =
		config.database === 'none'
			? 'none'
			: {...config.database, uri: undefined, state: {name: config.database.state.name}};
	return sha256(
		canonicalJson({
			shop,
			release: config.release,
			database,
			backup: {...config.backup, mongodump: undefined, mongorestore: undefined},
		}),
	);
}

/** Digest over the migrations a release brings; stands in the tag. */
export function migrationSetDigest(migrations: readonly Pick<PlannedMigration, 'id' | 'checksum'>[]): string {
	return sha256(migrations.map(({id, checksum}) => `${id} ${checksum}\n`).join(''));
}

/** `20261124T140322-1.2.0-4f2c91`: sorts by age, readable, and unique. */
export function makeRunName(nowMs: number, what: string, nonce: string): string {
	const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15);
	return `${stamp}-${what}-${nonce}`;
}

/** Whether the GitHub release gets files; its notes stand in its body. */
export function hasAssets({github, backup}: Pick<ReleasePlan, 'github' | 'backup'>): boolean {
	return github !== null && (backup !== null || github.assets.length > 0);
}

/** The line in a GitHub release's body by which a run knows its own. */
export function markerOf(run: string): string {
	return `<!-- sastaops:${run} -->`;
}
