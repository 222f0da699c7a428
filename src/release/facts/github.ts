import {errorMessage, isSastaError, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {type GitHub, type GitHubRelease, openGitHub} from '../../ports/github.js';
import {webUrlOf} from '../notes/write.js';
import type {World} from '../world.js';

/** Whether GitHub lets us do what a release needs. */
export type GitHubFacts = {
	/** `owner/name`. */
	readonly repository: string;
	readonly hasToken: boolean;
	readonly canPush: boolean | undefined;
	/** Drafts included; undefined when GitHub could not be asked. */
	readonly releases: readonly Pick<GitHubRelease, 'tag' | 'url' | 'isDraft'>[] | undefined;
	readonly error: string | undefined;
	readonly hint: string | undefined;
};

/** The variables a token is looked for in, first found first used. */
const TOKEN_VARIABLES = ['SASTAOPS_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'] as const;

/** A step probes and acts at once: what it was answered a moment ago is as good as asked again. */
const FRESH_MS = 1000;

export function githubToken(env: Host['env']): string | undefined {
	return TOKEN_VARIABLES.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}

/**
 * The repository on GitHub: as configured, or as the remote's address tells; undefined where the remote is elsewhere, and
 * a release then does without GitHub.
 */
export async function githubRepository(
	{config, git}: Pick<World, 'config' | 'git'>,
	host: Host,
): Promise<string | undefined> {
	const {forge, remote} = config.release;
	if (forge.repository !== undefined) return forge.repository;
	const url = webUrlOf(await git.remoteUrl(remote));
	if (url === undefined) return undefined;
	const {hostname, pathname} = new URL(url);
	const apiHost = baseUrlOf({config}, host);
	const isOurs = hostname === 'github.com' || (apiHost !== undefined && new URL(apiHost).hostname === hostname);
	return isOurs ? pathname.slice(1) : undefined;
}

/** @throws SastaError GITHUB_TOKEN_MISSING */
export function openReleaseGitHub(
	world: Pick<World, 'config'> & Partial<Pick<World, 'githubs'>>,
	repository: string,
	host: Host,
): GitHub {
	const known = world.githubs?.get(repository);
	if (known) return known;
	const token = githubToken(host.env);
	if (token === undefined) {
		throw new SastaError('GITHUB_TOKEN_MISSING', 'There is no GitHub token', {
			exitCode: EXIT.usage,
			hint: `Set GITHUB_TOKEN (contents: write, deployments: write), or leave GitHub out: --no-github`,
		});
	}
	const github = openGitHub({token, repository, baseUrl: baseUrlOf(world, host), freshMs: FRESH_MS}, host);
	world.githubs?.set(repository, github);
	return github;
}

export async function readGitHub(world: World, host: Host): Promise<GitHubFacts | undefined> {
	const repository = await githubRepository(world, host);
	if (repository === undefined) return undefined;
	const facts = {
		repository,
		hasToken: githubToken(host.env) !== undefined,
		canPush: undefined,
		releases: undefined,
		error: undefined,
		hint: undefined,
	};
	if (!facts.hasToken) return facts;
	try {
		const github = openReleaseGitHub(world, repository, host);
		const [{canPush}, releases] = await Promise.all([github.readRepository(), github.listReleases()]);
		return {...facts, canPush, releases: releases.map(({tag, url, isDraft}) => ({tag, url, isDraft}))};
	} catch (error) {
		if (!isSastaError(error)) throw error;
		return {...facts, error: errorMessage(error), hint: error.hint};
	}
}

function baseUrlOf({config}: Pick<World, 'config'>, host: Host): string | undefined {
	return config.release.forge.baseUrl ?? host.env['GITHUB_API_URL'];
}
