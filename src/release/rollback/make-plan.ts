import type {Config} from '../../kernel/config/schema.js';
import {durationMs} from '../../kernel/duration.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {deploysWorkTree} from '../deploys-work-tree.js';
import {healthUrl} from '../facts/gather.js';
import {hashConfig, makeRunName, PLAN_VERSION} from '../plan.js';
import type {TaggedVersion} from '../version.js';
import type {RollbackDataFacts, RollbackFacts} from './facts.js';
import type {DataRollback, RollbackPlan} from './plan.js';

/** `keep` the data, `restore` it, or `auto`: restore only where the old code cannot live with the data. */
export type DataChoice = 'keep' | 'restore' | 'auto';

export type RollbackPlanInput = {
	readonly facts: RollbackFacts;
	readonly config: Config;
	readonly version: string;
	readonly choice: DataChoice;
	readonly nonce: string;
	readonly deployTitle: string | undefined;
	readonly isOnGitHub: boolean;
};

/** Bytes of `database.collection` (MongoDB manual, "Limits and Thresholds", since 4.4). */
const LONGEST_NAMESPACE = 255;

/**
 * Decides a rollback. Pure.
 * @throws SastaError ROLLBACK_UNKNOWN, ROLLBACK_NOTHING, RUN_OPEN, NOT_CHECKED_OUT, SCHEMA_AHEAD, BACKUP_MISSING, BACKUP_FOREIGN, RENAME_IMPOSSIBLE
 */
export function makeRollbackPlan({
	facts,
	config,
	version,
	choice,
	nonce,
	deployTitle,
	isOnGitHub,
}: RollbackPlanInput): RollbackPlan {
	const {target, releases, data, openRun, isOpenRunPushed, nowMs} = facts;
	if (!target) throw unknownVersion(version, facts);
	if (openRun && !isOpenRunPushed) {
		throw new SastaError('RUN_OPEN', `The run ${openRun.run} is open, and nothing of it is public yet`, {
			hint: 'Take it back instead: sastaops release abort',
		});
	}
	const above = releases.slice(
		0,
		releases.findIndex(({tag}) => tag === target.tag),
	);
	if (above.length === 0 && !openRun && !facts.isBackupChosen) {
		throw new SastaError('ROLLBACK_NOTHING', `${target.version} is the newest release: there is nothing to roll back`, {
			hint: 'See where things stand: sastaops release status',
		});
	}
	if (deployTitle !== undefined && deploysWorkTree(config) && facts.head !== target.commit)
		throw notCheckedOut(target, facts);
	const run = makeRunName(nowMs, `rollback-${target.version}`, nonce);
	const url = healthUrl(config);
	const verify = config.release.deploy?.verify;
	return {
		planVersion: PLAN_VERSION,
		kind: 'rollback',
		run,
		createdAt: nowMs,
		shop: config.shop.name,
		environment: config.shop.environment,
		version: target.version,
		target,
		releases: above,
		data: data ? decideData({data, choice, version: target.version, run, nonce, config}) : null,
		migrationsSince: (data?.since ?? []).map(({_id, phase}) => ({id: _id, phase})),
		deploy: deployTitle === undefined ? null : {title: deployTitle},
		health:
			deployTitle !== undefined && url !== undefined
				? {url, timeoutMs: durationMs(verify?.timeout ?? '90s'), intervalMs: durationMs(verify?.interval ?? '1s')}
				: null,
		github: isOnGitHub && facts.githubRepository !== undefined ? {repository: facts.githubRepository} : null,
		endsRun: openRun?.run ?? null,
		configHash: hashConfig(config),
	};
}

type DataTerms = {
	readonly data: RollbackDataFacts;
	readonly choice: DataChoice;
	readonly version: string;
	readonly run: string;
	readonly nonce: string;
	readonly config: Config;
};

function decideData({data, choice, version, run, nonce, config}: DataTerms): DataRollback | null {
	const blocking = data.since.filter(
		({phase, state}) => phase === 'contract' || state === 'running' || state === 'failed',
	);
	if (choice === 'keep' && blocking.length > 0) {
		throw new SastaError('SCHEMA_AHEAD', `${version} cannot run on the data as it is`, {
			details: blocking.map(
				({_id, phase, state}) =>
					`${_id} is ${state === 'applied' || state === 'marked' ? `applied, and a ${phase} migration` : state}`,
			),
			hint: `Bring the data back too: sastaops release rollback ${version} --data restore`,
		});
	}
	if (choice === 'keep' || (choice === 'auto' && blocking.length === 0)) return null;
	const {backup, lineage} = data;
	if (!backup) {
		throw new SastaError('BACKUP_MISSING', `There is no verified backup of the data as ${version} left it`, {
			details: blocking.map(({_id, phase}) => `it is needed: ${_id} is a ${phase} migration`),
			hint: 'See what there is: sastaops backup list; choose one by --backup <id>',
		});
	}
	if (backup.database.name !== nameOf(config) || backup.database.lineage !== lineage) {
		throw new SastaError('BACKUP_FOREIGN', `The backup ${backup.id} is of another database`, {
			exitCode: EXIT.refused,
			details: [
				`it is of ${backup.database.name} (${backup.database.lineage}); this is ${nameOf(config)} (${lineage ?? 'never backed up'})`,
			],
			hint: 'sastaops backup list',
		});
	}
	const beside = `Restore beside the live data and point the shop at it (what was written since stays behind): sastaops backup restore ${backup.id} --to <new database>`;
	if (data.rename === 'no') {
		throw new SastaError(
			'RENAME_FORBIDDEN',
			`The user may not rename collections in ${backup.database.name}, so restored data cannot be switched in`,
			{
				hint: `Grant readWrite on it. Or: ${beside}`,
			},
		);
	}
	const views = backup.collections.filter(({type}) => type === 'timeseries').map(({name}) => name);
	const unswitchable = [...new Set([...data.unswitchable, ...views])];
	if (unswitchable.length > 0) {
		throw new SastaError(
			'RENAME_IMPOSSIBLE',
			`Time-series collections cannot be renamed, and so not be switched: ${unswitchable.join(', ')}`,
			{
				hint: beside,
			},
		);
	}
	const names = {staged: `sastaops_restore_${nonce}_`, before: `sastaops_before_${nonce}_`};
	const tooLong = [...new Set([...data.collections, ...backup.collections.map(({name}) => name)])].filter(
		(name) => Buffer.byteLength(`${backup.database.name}.${names.staged}${name}`) > LONGEST_NAMESPACE,
	);
	if (tooLong.length > 0) {
		throw new SastaError(
			'RENAME_IMPOSSIBLE',
			`Names too long to be kept beside others while data is switched: ${tooLong.join(', ')}`,
			{hint: beside},
		);
	}
	return {
		database: backup.database.name,
		backup: backup.id,
		backupAt: backup.createdAt,
		backupSha256: backup.archive.sha256,
		estimatedBytes: backup.archive.uncompressedBytes,
		names,
		safetyBackup: `${run}-safety`,
	};
}

function nameOf({database}: Config): string | undefined {
	return database === 'none' ? undefined : database.name;
}

function notCheckedOut({version, tag}: TaggedVersion, {head}: RollbackFacts): SastaError {
	return new SastaError('NOT_CHECKED_OUT', `pm2 reloads what is checked out here, and that is not ${tag}`, {
		details: [`HEAD is at ${head.slice(0, 7)}`],
		hint: `git switch --detach ${tag}, install what it needs, then: sastaops release rollback ${version}`,
	});
}

function unknownVersion(version: string, {releases}: RollbackFacts): SastaError {
	const known = releases.slice(0, 5).map((release) => release.version);
	return new SastaError('ROLLBACK_UNKNOWN', `There is no release ${version}`, {
		details: known.length > 0 ? [`the newest are ${known.join(', ')}`] : ['there is no release at all'],
		hint: 'If its tag is only on the remote: git fetch --tags',
	});
}
