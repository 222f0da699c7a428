import {type GitHubHost, openGitHubApi} from './github-api.js';
import {assetCalls} from './github-assets.js';
import {deploymentCalls} from './github-deployments.js';
import {releaseCalls} from './github-releases.js';

export type GitHubAsset = {
	readonly id: number;
	readonly name: string;
	readonly size: number;
	/** `starter` is what a broken upload leaves. */
	readonly state: string;
	/** `sha256:…`; undefined where the server does not tell. */
	readonly digest: string | undefined;
};

export type GitHubRelease = {
	readonly id: number;
	readonly tag: string;
	readonly name: string;
	readonly body: string;
	readonly isDraft: boolean;
	readonly isPrerelease: boolean;
	readonly isImmutable: boolean;
	/** Its page. */
	readonly url: string;
	readonly uploadUrl: string;
	readonly assets: readonly GitHubAsset[];
};

/** A release of a tag: ours carries the marker in its body. */
export type FoundRelease =
	| {readonly kind: 'none'}
	| {readonly kind: 'ours'; readonly release: GitHubRelease}
	| {readonly kind: 'foreign'; readonly release: GitHubRelease};

export type DraftRequest = {
	readonly tag: string;
	/** Commit the tag will name. */
	readonly target: string;
	readonly name: string;
	/** Holds the marker. */
	readonly body: string;
	readonly marker: string;
	readonly isPrerelease: boolean;
};

export type GitHub = {
	/** `owner/name`. */
	readonly repository: string;
	readRepository(): Promise<{readonly canPush: boolean; readonly url: string}>;
	/** Every release, drafts included, all pages. */
	listReleases(): Promise<GitHubRelease[]>;
	findRelease(tag: string, marker: string): Promise<FoundRelease>;
	/** The release of a published tag; undefined where there is none. */
	readPublished(tag: string): Promise<GitHubRelease | undefined>;
	createDraft(request: DraftRequest): Promise<GitHubRelease>;
	/** Two creations whose answers were lost leave two drafts: the first stays, later ones with the marker go. */
	deleteDuplicates(tag: string, marker: string): Promise<void>;
	updateRelease(id: number, change: {readonly name?: string; readonly body?: string}): Promise<GitHubRelease>;
	uploadAsset(request: {
		readonly release: GitHubRelease;
		readonly name: string;
		readonly content: Uint8Array;
		readonly contentType: string;
		/** The release was read just now: where it has no asset of that name, nobody looks again. @default false */
		readonly isFresh?: boolean;
	}): Promise<GitHubAsset>;
	/** `isDraft`: it was seen to be one just now, and nobody looks again. @default false */
	publish(id: number, isDraft?: boolean): Promise<GitHubRelease>;
	/** Deletes a draft that carries the marker; anything else is left alone. Resolves to whether one was deleted. */
	deleteDraft(id: number, marker: string): Promise<boolean>;
	/** The deployment a run has made: its id and its last state. */
	findDeployment(
		run: string,
		environment: string,
	): Promise<{readonly id: number; readonly state: string | undefined} | undefined>;
	createDeployment(request: {
		readonly ref: string;
		readonly environment: string;
		readonly run: string;
		readonly description: string;
		readonly payload: Readonly<Record<string, unknown>>;
	}): Promise<{readonly id: number}>;
	setDeploymentStatus(
		id: number,
		state: 'success' | 'failure' | 'in_progress' | 'inactive',
		description: string,
	): Promise<void>;
};

export type GitHubTerms = {
	readonly token: string;
	/** `owner/name`. */
	readonly repository: string;
	/** API address of a GitHub Enterprise Server. @default https://api.github.com */
	readonly baseUrl?: string | undefined;
	/** Longest wait, in all, for a rate limit to end. @default 600000 */
	readonly maxWaitMs?: number | undefined;
	/** For how long the answer to a read may be given again, unless something was changed since. @default 0 */
	readonly freshMs?: number | undefined;
};

/**
 * GitHub's releases, assets and deployments of one repository. Nothing is asked before the first call. A request that
 * creates is never repeated blindly: when its answer is lost, GitHub is asked what is there.
 */
export function openGitHub(terms: GitHubTerms, host: GitHubHost): GitHub {
	const api = openGitHubApi(terms, host);
	return {
		repository: terms.repository,
		...releaseCalls(api, host),
		...assetCalls(api, host),
		...deploymentCalls(api, host),
	};
}
