import {readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {Config} from '../../kernel/config/schema.js';
import {errorCode, isSastaError, type SastaError} from '../../kernel/errors.js';
import {livingHolder} from '../../kernel/hold-lease.js';
import type {Host} from '../../kernel/host.js';
import {findOpenRun, type KnownRun} from '../../kernel/journal/open-run.js';
import type {LeaseHolder} from '../../kernel/lease.js';
import {type Health, readHealth} from '../../ports/http-probe.js';
import {lastWords} from '../../ports/process.js';
import {processStartedAt} from '../../ports/process-table.js';
import {makeUserCommand, runUserCommand} from '../../ports/user-command.js';
import {chooseVersion, previousOf} from '../version.js';
import type {World} from '../world.js';
import {ownFolders} from '../world.js';
import {type AssetFacts, findAssets} from './assets.js';
import type {DataFacts} from './data.js';
import {type DatabaseFacts, readDatabase} from './database.js';
import {
	type HistoryFacts,
	type RepositoryFacts,
	readDirtyFiles,
	readHistory,
	readRepository,
	tryPush,
	trySigning,
} from './git.js';
import {type GitHubFacts, readGitHub} from './github.js';

export type ReleaseOptions = {
	/** As typed: a version, major, minor, patch or auto. */
	readonly version: string;
	readonly isDeployed: boolean;
	readonly isOnGitHub: boolean;
	/** The deploy is a canary. @default false */
	readonly isCanary?: boolean;
};

export type CommandFacts = {
	readonly title: string;
	readonly exitCode: number | undefined;
	readonly timedOut: boolean;
	readonly words: readonly string[];
	readonly durationMs: number;
};

/** Everything a release is decided from, read without changing anything. */
export type ReleaseFacts = {
	readonly nowMs: number;
	readonly repository: RepositoryFacts;
	/** Undefined when the version asked for cannot be: `versionError` says why. */
	readonly version: string | undefined;
	readonly versionError: SastaError | undefined;
	readonly tag: string | undefined;
	readonly history: HistoryFacts | undefined;
	readonly push: {readonly isAccepted: boolean; readonly words: readonly string[]} | undefined;
	/** Undefined where no signature is asked for. */
	readonly signing: {readonly works: boolean; readonly words: readonly string[]} | undefined;
	readonly gitVersion: string;
	/** Why the database could not be looked at. */
	readonly databaseError: SastaError | undefined;
	/** Undefined for `database: none`, and when it could not be reached. */
	readonly database: DatabaseFacts | undefined;
	readonly data: DataFacts | undefined;
	/** Undefined where the release does without GitHub. */
	readonly github: GitHubFacts | undefined;
	readonly assets: readonly AssetFacts[];
	readonly notesTemplate: {readonly file: string; readonly text: string | undefined} | undefined;
	readonly commands: readonly CommandFacts[];
	/** What production answers now; undefined without an address or a deployment. */
	readonly health: Health | undefined;
	readonly openRun: KnownRun | undefined;
	readonly openRunError: SastaError | undefined;
	/** Another run that is at work; a dead one of this machine is followed without asking. */
	readonly holder: LeaseHolder | undefined;
};

/** Reads all of it, everything that does not depend on another at once. */
export async function gatherFacts(
	world: World,
	{databaseError, ...options}: ReleaseOptions & {readonly databaseError: SastaError | undefined},
	host: Host,
): Promise<ReleaseFacts> {
	const {config, git, database} = world;
	// Before the migrations are loaded: that may put a file beside them for a moment.
	const dirtyFiles = await readDirtyFiles(git, ownFolders(world));
	const checking = runChecks(config, world.root, host);
	const [history, gitVersion, databaseFacts, data, github, assets, notesTemplate, commands, health, open, holder] =
		await Promise.all([
			readHistoryFacts(world, {dirtyFiles, asked: options.version, checking}, host),
			git.version(),
			database && readDatabase(database.mongo, database.config.name),
			database && import('./data.js').then(({readData}) => readData(world, database, host)),
			options.isOnGitHub ? readGitHub(world, host) : undefined,
			findAssets(world.root, config.release.assets),
			readTemplate(config, world.root),
			checking,
			options.isDeployed ? probeHealth(config, host) : undefined,
			readOpenRun(world),
			// The lease lives in the database.
			databaseError ? undefined : readHolder(world, host),
		]);
	return {
		nowMs: host.now(),
		...history,
		databaseError,
		gitVersion,
		database: databaseFacts,
		data,
		github,
		assets,
		notesTemplate,
		commands,
		health,
		...open,
		holder,
	};
}

/** The repository, the version it is released as, and whether the remote would take that. */
async function readHistoryFacts(
	world: World,
	{
		dirtyFiles,
		asked,
		checking,
	}: {readonly dirtyFiles: readonly string[]; readonly asked: string; readonly checking: Promise<unknown>},
	host: Host,
) {
	const {git, config} = world;
	const repository = await readRepository(git, config, dirtyFiles);
	const chosen = await chooseFromHistory(world, repository, asked);
	const {tag} = chosen;
	// The pre-push hook may do what the configured checks do: one after the other.
	await checking;
	const {remote, branch, sign} = config.release;
	const [push, signing] = await Promise.all([
		tag !== undefined && repository.remoteRefs
			? tryPush(git, {remote, tag, commit: repository.head, branch}, host)
			: undefined,
		sign ? trySigning(git, repository.head, host) : undefined,
	]);
	return {repository, ...chosen, push, signing};
}

/** The version, and what changed since the one before it. */
async function chooseFromHistory({git, config}: World, repository: RepositoryFacts, asked: string) {
	const [last] = repository.releases;
	try {
		const sinceLast = asked === 'auto' && last ? await readHistory(git, repository, last) : undefined;
		const version = chooseVersion(asked, last?.version, sinceLast?.changes.map(({kind}) => kind) ?? []);
		const tag = `${config.release.tagPrefix}${version}`;
		return {
			version,
			tag,
			versionError: undefined,
			history: await readHistory(git, repository, previousOf(version, repository.releases)),
		};
	} catch (error) {
		if (!isSastaError(error, 'VERSION_NOT_GREATER')) throw error;
		return {version: undefined, tag: undefined, versionError: error, history: undefined};
	}
}

/** The configured checks, one after the other: they may not get in each other's way. */
async function runChecks(config: Config, root: string, host: Host): Promise<CommandFacts[]> {
	const facts: CommandFacts[] = [];
	for (const check of config.release.checks) {
		const command = makeUserCommand(check, root);
		host.emit({type: 'log', level: 'debug', message: `check: ${command.title}`});
		try {
			const {exitCode, timedOut, stdout, stderr, durationMs} = await runUserCommand(command, host);
			facts.push({
				title: command.title,
				exitCode,
				timedOut,
				words: lastWords(`${stdout}\n${stderr}`, host),
				durationMs,
			});
		} catch (error) {
			if (!isSastaError(error, 'COMMAND_NOT_FOUND')) throw error;
			facts.push({title: command.title, exitCode: undefined, timedOut: false, words: [error.message], durationMs: 0});
		}
	}
	return facts;
}

/** Where the shop's health is asked for; undefined where the configuration names no address. */
export function healthUrl({shop, release}: Config): string | undefined {
	if (shop.url === undefined) return undefined;
	const path = release.deploy?.verify.path ?? '/api/health';
	return new URL(path, shop.url).href;
}

async function probeHealth(config: Config, host: Host): Promise<Health | undefined> {
	const url = healthUrl(config);
	return url === undefined ? undefined : readHealth({url, headers: config.shop.headers, timeoutMs: 5000}, host);
}

async function readTemplate({release}: Config, root: string) {
	if (release.notesTemplate === undefined) return undefined;
	const file = resolve(root, release.notesTemplate);
	try {
		return {file: release.notesTemplate, text: await readFile(file, 'utf8')};
	} catch (error) {
		if (typeof errorCode(error) !== 'string') throw error;
		return {file: join(root, release.notesTemplate), text: undefined};
	}
}

/** A damaged journal is a finding of its own: nothing may begin over it. */
async function readOpenRun(world: World) {
	try {
		return {openRun: await findOpenRun(world.runs, world.mirror), openRunError: undefined};
	} catch (error) {
		if (!isSastaError(error, 'JOURNAL_DAMAGED')) throw error;
		return {openRun: undefined, openRunError: error};
	}
}

/** A remote that does not answer is told by the repository's facts. */
async function readHolder(world: World, host: Host): Promise<LeaseHolder | undefined> {
	try {
		const state = await world.leaseStore.read();
		const {hostname, pid} = host;
		return await livingHolder(state, {hostname, pid, processStartedAt: (other) => processStartedAt(other, host)});
	} catch (error) {
		if (isSastaError(error, 'REMOTE_UNREACHABLE')) return undefined;
		throw error;
	}
}
