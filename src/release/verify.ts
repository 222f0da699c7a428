import {relative, resolve} from 'node:path';
import {listManifests} from '../backup/store.js';
import {verifyBackup} from '../backup/verify.js';
import {sha256} from '../kernel/canonical.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import {isSastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {Verdict} from '../kernel/report.js';
import {migrationRows} from '../migrate/rows.js';
import {openGit} from '../ports/git.js';
import type {TagObject} from '../ports/git-parse.js';
import {type CheckResult, fail, inconclusive, type Judgement, PASS, skip, warn} from './checks/check.js';
import {githubRepository, githubToken, openReleaseGitHub} from './facts/github.js';
import {migrationSetDigest} from './plan.js';
import {backupOf} from './release-backup.js';
import {readTagMessage, type TagFacts} from './tag-message.js';
import {parseVersion} from './version.js';
import {openDatabase, storeOf, type World} from './world.js';

export type VerifyReleaseResult = {
	readonly version: string;
	readonly tag: string;
	readonly checks: readonly CheckResult[];
	readonly verdict: Verdict;
};

type Proof = {
	readonly world: Pick<World, 'config' | 'git' | 'root' | 'store'>;
	readonly host: Host;
	readonly version: string;
	readonly tag: string;
	readonly object: TagObject;
	readonly facts: TagFacts;
};

/**
 * Proves that tag, commit, notes, backup, migrations and GitHub release belong together, by the digests the tag carries.
 * What cannot be reached from here is inconclusive, never passed.
 */
export async function verifyRelease(
	{loaded, version: typed}: {loaded: LoadedConfig; version: string},
	host: Host,
): Promise<VerifyReleaseResult> {
	const {config, root} = loaded;
	const git = await openGit(root, host);
	const world = {config, git, root, store: storeOf(config, root)};
	const version = parseVersion(
		typed.startsWith(config.release.tagPrefix) ? typed.slice(config.release.tagPrefix.length) : typed,
	);
	const tag = `${config.release.tagPrefix}${version}`;
	const object = await git.tagObject(tag);
	if (!object) {
		const missing = {id: 'tag', title: 'The tag is here', ...fail(`there is no tag ${tag}`, 'git fetch --tags')};
		return {version, tag, checks: [missing], verdict: 'fail'};
	}
	const proof: Proof = {world, host, version, tag, object, facts: readTagMessage(object.message ?? '')};
	const checks = await Promise.all(
		PROOFS.map(async ({id, title, prove}): Promise<CheckResult> => ({id, title, ...(await prove(proof))})),
	);
	return {version, tag, checks, verdict: worst(checks)};
}

const PROOFS: readonly {
	readonly id: string;
	readonly title: string;
	readonly prove: (proof: Proof) => Promise<Judgement> | Judgement;
}[] = [
	{id: 'tag', title: 'The tag is annotated and names its run', prove: proveTag},
	{id: 'remote', title: 'The remote has the same tag', prove: proveRemote},
	{id: 'commit', title: 'Its commit is on the release branch', prove: proveCommit},
	{id: 'backup', title: 'The backup taken before it is whole', prove: proveBackup},
	{id: 'migrations', title: 'Its migrations are those in the repository', prove: proveMigrations},
	{id: 'database', title: 'They are applied in the database', prove: proveDatabase},
	{id: 'github', title: 'The GitHub release is published with these notes', prove: proveGitHub},
];

function proveTag({object, facts, tag}: Proof): Judgement {
	if (object.message === undefined)
		return fail(`${tag} is a lightweight tag: it names nothing`, 'It was not made by a release; look at it: git show');
	return facts.run === undefined
		? fail(`${tag} names no run of sastaops`)
		: {verdict: 'pass', evidence: [`run ${facts.run}, commit ${object.commit.slice(0, 7)}`]};
}

async function proveRemote({world: {git, config}, tag, object}: Proof): Promise<Judgement> {
	try {
		const there = (await git.lsRemote(config.release.remote, [`refs/tags/${tag}`])).get(`refs/tags/${tag}`);
		if (there === undefined)
			return fail(`${config.release.remote} has no ${tag}`, 'Was the run finished? sastaops release status');
		return there === object.objectId
			? PASS
			: fail(
					`there it is ${there.slice(0, 7)}, here ${object.objectId.slice(0, 7)}`,
					'One of them was moved: git ls-remote --tags',
				);
	} catch (error) {
		if (isSastaError(error, 'REMOTE_UNREACHABLE')) return inconclusive(error.message);
		throw error;
	}
}

async function proveCommit({world: {git, config}, object}: Proof): Promise<Judgement> {
	const {branch, remote} = config.release;
	for (const name of [`refs/remotes/${remote}/${branch}`, `refs/heads/${branch}`]) {
		if ((await git.resolve(name)) !== undefined && (await git.isAncestor(object.commit, name))) return PASS;
	}
	return (await git.isShallow())
		? inconclusive('this is a shallow clone', 'git fetch --unshallow')
		: fail(`${object.commit.slice(0, 7)} is not on ${branch}`);
}

async function proveBackup({world: {store, config}, facts, host}: Proof): Promise<Judgement> {
	if (facts.backup === undefined)
		return config.database === 'none' ? skip('the shop has no database') : fail('the tag names no backup');
	const manifest = backupOf(await listManifests(store), facts);
	if (!manifest)
		return inconclusive(
			`no backup with sha256 ${facts.backup.slice(0, 12)}… is in ${store}`,
			'Look where the release was made, or bring the backup here',
		);
	const {problems} = await verifyBackup({store, backup: manifest, depth: 'full'}, host);
	return problems.length === 0
		? {verdict: 'pass', evidence: [manifest.id]}
		: fail(
				problems.map(({message}) => message),
				'sastaops backup list',
			);
}

async function proveMigrations({world, object, facts}: Proof): Promise<Judgement> {
	if (facts.migrations === undefined || world.config.database === 'none') return skip('the shop has no database');
	const planned = await migrationsAt(world, object, facts.migrationIds);
	const missing = planned.filter(({checksum}) => checksum === '').map(({id}) => id);
	if (missing.length > 0) return fail(`not in the repository at that commit: ${missing.join(', ')}`);
	return migrationSetDigest(planned) === facts.migrations
		? {verdict: 'pass', evidence: facts.migrationIds}
		: fail('their digest is not the one in the tag');
}

async function proveDatabase({world, host, object, facts}: Proof): Promise<Judgement> {
	if (facts.migrationIds.length === 0) return skip('the release brought none');
	let database: Awaited<ReturnType<typeof openDatabase>>;
	try {
		database = await openDatabase(world.config, host);
	} catch (error) {
		if (isSastaError(error)) return inconclusive(error.message, error.hint);
		throw error;
	}
	if (!database) return skip('the shop has no database');
	try {
		const rows = new Map((await migrationRows(database.db).find().toArray()).map((row) => [row._id, row]));
		const planned = await migrationsAt(world, object, facts.migrationIds);
		const wrong = planned.flatMap(({id, checksum}) => {
			const row = rows.get(id);
			if (row?.state !== 'applied' && row?.state !== 'marked') return [`${id} is ${row?.state ?? 'not applied'}`];
			return row.state === 'marked' || row.checksum === checksum ? [] : [`${id} was applied from another file`];
		});
		return wrong.length === 0 ? PASS : fail(wrong, 'sastaops db migrate status');
	} finally {
		await database.mongo.close();
	}
}

async function proveGitHub({world, host, tag, facts}: Proof): Promise<Judgement> {
	const repository = await githubRepository(world, host);
	if (repository === undefined) return skip('the remote is not on GitHub');
	if (githubToken(host.env) === undefined)
		return inconclusive('there is no token to ask GitHub with', 'Set GITHUB_TOKEN');
	try {
		const release = await openReleaseGitHub(world, repository, host).readPublished(tag);
		if (!release)
			return fail(`GitHub has no published release ${tag}`, 'Was the run finished? sastaops release status');
		const notes = release.body.replaceAll('\r\n', '\n').replace(/\n<!-- sastaops:(?!rolled-back)[^>]+ -->\n?$/, '');
		return sha256(notes) === facts.notes
			? {verdict: 'pass', evidence: [release.url]}
			: warn('its notes were edited since', release.url);
	} catch (error) {
		if (isSastaError(error)) return inconclusive(error.message, error.hint);
		throw error;
	}
}

/** Ids with the checksums of their files at the tag's commit; empty where there is no such file. */
async function migrationsAt({git, config, root}: Proof['world'], {commit}: TagObject, ids: readonly string[]) {
	if (config.database === 'none') return [];
	const folder = relative(git.root, resolve(root, config.database.migrations));
	const files = await git.listFiles(commit, folder);
	return Promise.all(
		ids.map(async (id) => {
			const file = files.find((path) => path.slice(folder.length + 1).replace(/\.[cm]?[jt]s$/, '') === id);
			const content = file === undefined ? undefined : await git.show(commit, file);
			return {id, checksum: content === undefined ? '' : sha256(content.replaceAll('\r\n', '\n'))};
		}),
	);
}

function worst(checks: readonly CheckResult[]): Verdict {
	const order: Verdict[] = ['fail', 'inconclusive', 'warn'];
	return order.find((verdict) => checks.some((check) => check.verdict === verdict)) ?? 'pass';
}
