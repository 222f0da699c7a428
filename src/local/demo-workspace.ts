import {copyFile, mkdir, mkdtemp, readFile, realpath, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {errorCode, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {packageFile} from '../kernel/package-file.js';
import {runProcess} from '../ports/process.js';
import {freePort} from './free-port.js';

/** A folder with everything a release needs: repository, remote, machine, database. */
export type Workspace = {
	readonly folder: string;
	/** The shop's repository. */
	readonly repository: string;
	/** Where the machine that runs the shop has its files. */
	readonly production: string;
	readonly storage: string;
	readonly shopPort: number;
	readonly databasePort: number;
	readonly shopUrl: string;
	readonly databaseUri: string;
};

export const DEMO_DATABASE = 'sastabazar';

export type WorkspaceHost = Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs'>;

/** Makes the workspace: a repository of the shop in its first state, pushed to a bare remote beside it. */
export async function makeWorkspace(host: WorkspaceHost): Promise<Workspace> {
	const folder = await mkdtemp(join(await realpath(tmpdir()), 'sastaops-demo-'));
	const ports = {shopPort: await freePort(), databasePort: await freePort()};
	await writeFile(join(folder, PORTS_FILE), JSON.stringify(ports));
	const workspace = layOut(folder, ports);
	for (const path of [workspace.production, workspace.storage, workspace.repository]) await mkdir(path);
	await writeRepository(workspace);
	await git(host, folder, 'init', '--quiet', '--bare', '--initial-branch=main', 'remote.git');
	await git(host, workspace.repository, 'init', '--quiet', '--initial-branch=main');
	for (const [key, value] of REPOSITORY_CONFIG) await git(host, workspace.repository, 'config', key, value);
	await git(host, workspace.repository, 'remote', 'add', 'origin', '../remote.git');
	await commit(host, workspace, 'feat: open the shop');
	return workspace;
}

/** A workspace that `--keep` left. @throws SastaError WORKSPACE_NOT_FOUND */
export async function reopenWorkspace(folder: string): Promise<Workspace> {
	try {
		return layOut(folder, JSON.parse(await readFile(join(folder, PORTS_FILE), 'utf8')));
	} catch (error) {
		if (errorCode(error) !== 'ENOENT') throw error;
		throw new SastaError('WORKSPACE_NOT_FOUND', `${folder} is not a workspace of the demo`, {
			exitCode: EXIT.usage,
			cause: error,
			hint: 'Make one: sastaops demo --keep',
		});
	}
}

/** The work on 1.1.0: a migration of every order, committed and pushed. */
export async function addMigration(host: WorkspaceHost, workspace: Workspace): Promise<void> {
	const folder = join(workspace.repository, 'migrations');
	await mkdir(folder);
	await copyFile(demoFile(MIGRATION_FILE), join(folder, MIGRATION_FILE));
	await commit(host, workspace, 'feat: show the GST in every order');
}

/** The environment of everything in the workspace: nothing of the user's own shop or account gets in. */
export function demoEnv(env: Host['env']): Record<string, string> {
	const kept = Object.entries(env).filter(
		(entry): entry is [string, string] =>
			entry[1] !== undefined && !/^(?:SASTAOPS_|SHOP_|MONGODB_URI$|GITHUB_|GH_|GIT_|CI$)/.test(entry[0]),
	);
	return Object.fromEntries(kept);
}

/** Who commits, and nothing of what the user's own settings would add. */
const REPOSITORY_CONFIG = [
	['user.name', 'Asha'],
	['user.email', 'asha@shop.example'],
	['commit.gpgSign', 'false'],
	['tag.gpgSign', 'false'],
	['core.hooksPath', '/dev/null'],
] as const;

const PORTS_FILE = 'ports.json';
const MIGRATION_FILE = '0001-add-order-gst.ts';

function layOut(folder: string, ports: {readonly shopPort: number; readonly databasePort: number}): Workspace {
	return {
		folder,
		repository: join(folder, 'shop'),
		production: join(folder, 'production'),
		storage: join(folder, 'database'),
		...ports,
		shopUrl: `http://127.0.0.1:${ports.shopPort}`,
		databaseUri: `mongodb://127.0.0.1:${ports.databasePort}/?directConnection=true`,
	};
}

async function writeRepository({repository, shopUrl, databaseUri}: Workspace): Promise<void> {
	await copyFile(demoFile('deploy.mjs'), join(repository, 'deploy.mjs'));
	await writeFile(join(repository, '.gitignore'), 'node_modules/\n.sastaops/\n');
	await writeFile(join(repository, 'sastaops.yaml'), configuration({shopUrl, databaseUri}));
	// So that "npx sastaops" in the repository is this very build.
	const programs = join(repository, 'node_modules', '.bin');
	await mkdir(programs, {recursive: true});
	await symlink(packageFile('bin', 'sastaops.js'), join(programs, 'sastaops'));
}

function configuration({shopUrl, databaseUri}: Pick<Workspace, 'shopUrl' | 'databaseUri'>): string {
	return `version: 1
shop:
  name: ${DEMO_DATABASE}
  url: ${shopUrl}
release:
  deploy:
    command: node deploy.mjs ${shopUrl}
    verify: {timeout: 30s}
database:
  uri: ${databaseUri}
  name: ${DEMO_DATABASE}
backup:
  engine: builtin
  store: ../backups
`;
}

function demoFile(name: string): string {
	return packageFile('templates', 'local', 'demo', name);
}

async function commit(host: WorkspaceHost, workspace: Workspace, message: string): Promise<void> {
	await git(host, workspace.repository, 'add', '--all');
	await git(host, workspace.repository, 'commit', '--quiet', '--message', message);
	await git(host, workspace.repository, 'push', '--quiet', '--set-upstream', 'origin', 'main');
}

async function git(host: WorkspaceHost, cwd: string, ...args: readonly string[]): Promise<void> {
	const result = await runProcess(host, {argv: ['git', ...args], cwd, timeoutMs: 30_000});
	if (result.exitCode === 0) return;
	throw new SastaError('DEMO_FAILED', `git ${args[0]} failed in the demo's repository`, {
		exitCode: EXIT.outside,
		details: result.stderr.split('\n').slice(-8),
	});
}
