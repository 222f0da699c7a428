export type StoredAsset = {
	readonly id: number;
	readonly name: string;
	readonly contentType: string;
	readonly content: Buffer;
	/** `sha256:…`; null on a server too old to tell. */
	readonly digest: string | null;
	readonly state: 'uploaded' | 'starter';
};

export type StoredRelease = {
	readonly id: number;
	tag: string;
	target: string;
	name: string;
	body: string;
	isDraft: boolean;
	isPrerelease: boolean;
	isImmutable: boolean;
	publishedAt: string | null;
	assets: StoredAsset[];
};

export type StoredDeployment = {
	readonly id: number;
	readonly ref: string;
	readonly sha: string;
	readonly environment: string;
	readonly description: string;
	readonly payload: unknown;
	readonly statuses: {readonly id: number; readonly state: string; readonly description: string}[];
};

/** What GitHub holds of one repository. Tests read it, and put things into it as other people would. */
export type GitHubState = {
	readonly owner: string;
	readonly name: string;
	canPush: boolean;
	/** Releases become immutable when they are published. */
	isImmutable: boolean;
	/** A server that tells no digests of assets. */
	hasDigests: boolean;
	/** Payloads of deployments are given back as JSON text. */
	hasTextPayloads: boolean;
	/** Tags that immutable, deleted releases have used up. */
	readonly burntTags: Set<string>;
	releases: StoredRelease[];
	deployments: StoredDeployment[];
	nextId(): number;
};

export function makeState(repository: string): GitHubState {
	const [owner = '', name = ''] = repository.split('/');
	let id = 1000;
	return {
		owner,
		name,
		canPush: true,
		isImmutable: false,
		hasDigests: true,
		hasTextPayloads: false,
		burntTags: new Set(),
		releases: [],
		deployments: [],
		nextId: () => ++id,
	};
}

/** A release as somebody else would have made it. */
export function addRelease(
	state: GitHubState,
	release: Partial<StoredRelease> & {readonly tag: string},
): StoredRelease {
	const stored: StoredRelease = {
		id: state.nextId(),
		target: 'main',
		name: release.tag,
		body: '',
		isDraft: false,
		isPrerelease: false,
		isImmutable: false,
		publishedAt: release.isDraft ? null : NOW,
		assets: [],
		...release,
	};
	state.releases.push(stored);
	return stored;
}

export const NOW = '2026-11-24T08:00:00Z';
