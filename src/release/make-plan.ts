import type {CanaryPlan} from '../canary/plan.js';
import type {Config} from '../kernel/config/schema.js';
import {durationMs} from '../kernel/duration.js';
import {healthUrl, type ReleaseFacts, type ReleaseOptions} from './facts/gather.js';
import {writeNotes} from './notes/write.js';
import {
	hashConfig,
	makeRunName,
	PLAN_VERSION,
	type PlannedMigration,
	type PlannedSeed,
	type ReleasePlan,
} from './plan.js';
import {isPrerelease} from './version.js';

/** What the facts alone do not hold. */
export type PlanInput = {
	readonly facts: ReleaseFacts;
	readonly config: Config;
	readonly options: ReleaseOptions;
	/** Makes the run's name unique. */
	readonly nonce: string;
	/** Offset of the local time, as git writes it: `+0530`. */
	readonly utcOffset: string;
	/** As a person would type it; undefined where nothing is configured to deploy. */
	readonly deployTitle: string | undefined;
	/** Of a release with --canary. */
	readonly canary?: CanaryPlan | undefined;
};

/** Decides a release from facts that passed the preflight. Pure: the same input gives the same plan. */
export function makePlan({facts, config, options, nonce, utcOffset, deployTitle, canary}: PlanInput): ReleasePlan {
	const {version, tag, history, repository, data, nowMs} = facts;
	if (version === undefined || tag === undefined || history === undefined || !repository.tagger)
		throw new Error('the preflight let a release without version or tagger pass');
	const run = makeRunName(nowMs, version, nonce);
	const url = healthUrl(config);
	const deploy =
		options.isDeployed && deployTitle !== undefined
			? {title: deployTitle, onFailure: config.release.deploy?.onFailure ?? 'ask'}
			: null;
	return {
		planVersion: PLAN_VERSION,
		kind: 'release',
		run,
		createdAt: nowMs,
		shop: config.shop.name,
		environment: config.shop.environment,
		version,
		tag,
		commit: repository.head,
		branch: config.release.branch,
		remote: config.release.remote,
		isPrerelease: isPrerelease(version),
		previous: history.previous ?? null,
		commits: history.changes.length,
		notes: writeNotes({
			version,
			tag,
			date: new Date(nowMs).toISOString().slice(0, 10),
			previousTag: history.previous?.tag,
			repositoryUrl: repository.webUrl,
			changes: history.changes,
			migrations: data?.migrations?.notes ?? [],
			template: facts.notesTemplate?.text,
		}),
		changelog: config.release.changelog ?? null,
		tagger: {...repository.tagger, date: `${Math.floor(nowMs / 1000)} ${utcOffset}`},
		sign: config.release.sign,
		database: config.database === 'none' ? null : {name: config.database.name},
		backup: data ? {id: run, estimatedBytes: data.estimate.bytes, estimatedDocuments: data.estimate.documents} : null,
		migrations: plannedMigrations(facts),
		seeds: plannedSeeds(facts),
		github: facts.github
			? {repository: facts.github.repository, assets: facts.assets.flatMap(({files}) => files.map(({path}) => path))}
			: null,
		deploy,
		canary: canary ? {...canary, run, commit: repository.head} : null,
		health:
			deploy && url !== undefined
				? {
						url,
						timeoutMs: durationMs(config.release.deploy?.verify.timeout ?? '90s'),
						intervalMs: durationMs(config.release.deploy?.verify.interval ?? '1s'),
					}
				: null,
		configHash: hashConfig(config),
	};
}

function plannedMigrations({data}: ReleaseFacts): PlannedMigration[] {
	const notes = new Map(data?.migrations?.notes.map((note) => [note.id, note]));
	return (data?.migrations?.plan.pending ?? []).map(({id, checksum, migration}) => ({
		id,
		title: migration.title,
		phase: migration.phase,
		isReversible: migration.irreversible === undefined,
		checksum,
		documents: notes.get(id)?.documents ?? null,
	}));
}

/** Seeds that would change nothing fall away. */
function plannedSeeds({data}: ReleaseFacts): PlannedSeed[] {
	const checksums = new Map(data?.migrations?.seeds.map(({id, checksum}) => [id, checksum]));
	return (data?.migrations?.seedPlans ?? [])
		.filter(({added, changed}) => added + changed > 0)
		.map(({id, title, collection, added, changed}) => ({
			id,
			title,
			collection,
			added,
			changed,
			checksum: checksums.get(id) ?? '',
		}));
}

/** The local time's offset from UTC, as git writes it. */
export function utcOffsetOf(date: Date): string {
	const minutes = -date.getTimezoneOffset();
	const digits = (value: number) => String(Math.floor(value)).padStart(2, '0');
	return `${minutes < 0 ? '-' : '+'}${digits(Math.abs(minutes) / 60)}${digits(Math.abs(minutes) % 60)}`;
}
