import {type GitHubState, NOW, type StoredAsset, type StoredDeployment, type StoredRelease} from './state.js';

/** GitHub's JSON for what is stored; every address starts at `url`, the API's own. */
export type Shapes = ReturnType<typeof makeShapes>;

export function makeShapes(url: string, state: GitHubState) {
	const repositoryUrl = `${url}/repos/${state.owner}/${state.name}`;
	const page = `${new URL(url).origin}/${state.owner}/${state.name}`;
	const user = makeUser(url);

	const asset = (release: StoredRelease, {id, name, contentType, content, digest, state: assetState}: StoredAsset) => ({
		url: `${repositoryUrl}/releases/assets/${id}`,
		browser_download_url: `${page}/releases/download/${encodeURIComponent(release.tag)}/${name}`,
		id,
		node_id: `A_${id}`,
		name,
		label: null,
		state: assetState,
		content_type: contentType,
		size: content.byteLength,
		digest,
		download_count: 0,
		created_at: NOW,
		updated_at: NOW,
		uploader: user,
	});
	return {
		asset,
		release: (release: StoredRelease) => ({
			url: `${repositoryUrl}/releases/${release.id}`,
			html_url: `${page}/releases/${release.isDraft ? `tag/untagged-${release.id}` : `tag/${release.tag}`}`,
			assets_url: `${repositoryUrl}/releases/${release.id}/assets`,
			upload_url: `${uploadBase(url)}/repos/${state.owner}/${state.name}/releases/${release.id}/assets{?name,label}`,
			tarball_url: release.isDraft ? null : `${repositoryUrl}/tarball/${release.tag}`,
			zipball_url: release.isDraft ? null : `${repositoryUrl}/zipball/${release.tag}`,
			id: release.id,
			node_id: `R_${release.id}`,
			tag_name: release.tag,
			target_commitish: release.target,
			name: release.name,
			body: release.body,
			draft: release.isDraft,
			prerelease: release.isPrerelease,
			immutable: release.isImmutable,
			created_at: NOW,
			published_at: release.publishedAt,
			author: user,
			assets: release.assets.map((item) => asset(release, item)),
		}),
		deployment: ({id, ref, sha, environment, description, payload}: StoredDeployment) => ({
			url: `${repositoryUrl}/deployments/${id}`,
			id,
			node_id: `D_${id}`,
			sha,
			ref,
			task: 'deploy',
			payload: state.hasTextPayloads ? JSON.stringify(payload) : payload,
			original_environment: environment,
			environment,
			description,
			creator: user,
			created_at: NOW,
			updated_at: NOW,
			statuses_url: `${repositoryUrl}/deployments/${id}/statuses`,
			repository_url: repositoryUrl,
		}),
		status: (deployment: StoredDeployment, {id, state: value, description}: StoredDeployment['statuses'][number]) => ({
			url: `${repositoryUrl}/deployments/${deployment.id}/statuses/${id}`,
			id,
			node_id: `S_${id}`,
			state: value,
			creator: user,
			description,
			environment: deployment.environment,
			target_url: page,
			created_at: NOW,
			updated_at: NOW,
			deployment_url: `${repositoryUrl}/deployments/${deployment.id}`,
			repository_url: repositoryUrl,
		}),
		ref: (ref: string, type: string, sha: string) => ({
			ref,
			node_id: `F_${sha}`,
			url: `${repositoryUrl}/git/${ref}`,
			object: {type, sha, url: `${repositoryUrl}/git/${type}s/${sha}`},
		}),
		repository: () => makeRepository({repositoryUrl, page, user, state}),
	};
}

/** An enterprise server takes uploads beside its API. */
function uploadBase(url: string): string {
	return url.replace(/\/api\/v3$/, '/api/uploads');
}

function makeUser(url: string) {
	const own = `${url}/users/shop-bot`;
	const addresses = [
		'followers',
		'following',
		'gists',
		'starred',
		'subscriptions',
		'organizations',
		'repos',
		'events',
		'received_events',
	];
	return {
		login: 'shop-bot',
		id: 7,
		node_id: 'U_7',
		avatar_url: `${own}/avatar`,
		gravatar_id: '',
		url: own,
		html_url: `${new URL(url).origin}/shop-bot`,
		type: 'Bot',
		site_admin: false,
		...Object.fromEntries(addresses.map((name) => [`${name}_url`, `${own}/${name}`])),
	};
}

const REPOSITORY_URLS = [
	...[
		'archive',
		'assignees',
		'blobs',
		'branches',
		'collaborators',
		'comments',
		'commits',
		'compare',
		'contents',
		'contributors',
	],
	...[
		'deployments',
		'downloads',
		'events',
		'forks',
		'git_commits',
		'git_refs',
		'git_tags',
		'hooks',
		'issue_comment',
		'issue_events',
	],
	...[
		'issues',
		'keys',
		'labels',
		'languages',
		'merges',
		'milestones',
		'notifications',
		'pulls',
		'releases',
		'stargazers',
		'statuses',
	],
	...['subscribers', 'subscription', 'tags', 'teams', 'trees', 'clone', 'git', 'svn'],
];

function makeRepository({
	repositoryUrl,
	page,
	user,
	state,
}: {
	repositoryUrl: string;
	page: string;
	user: object;
	state: GitHubState;
}) {
	const counts = [
		'forks',
		'forks_count',
		'open_issues',
		'open_issues_count',
		'size',
		'stargazers_count',
		'watchers',
		'watchers_count',
		'network_count',
		'subscribers_count',
	];
	const features = [
		'has_issues',
		'has_projects',
		'has_wiki',
		'has_pages',
		'has_discussions',
		'archived',
		'disabled',
		'fork',
		'private',
	];
	return {
		id: 1,
		node_id: 'P_1',
		name: state.name,
		full_name: `${state.owner}/${state.name}`,
		owner: user,
		description: null,
		homepage: null,
		language: null,
		license: null,
		mirror_url: null,
		default_branch: 'main',
		url: repositoryUrl,
		html_url: page,
		ssh_url: `git@localhost:${state.owner}/${state.name}.git`,
		pushed_at: NOW,
		created_at: NOW,
		updated_at: NOW,
		permissions: {admin: false, maintain: false, push: state.canPush, triage: state.canPush, pull: true},
		...Object.fromEntries(REPOSITORY_URLS.map((name) => [`${name}_url`, `${repositoryUrl}/${name}`])),
		...Object.fromEntries(counts.map((name) => [name, 0])),
		...Object.fromEntries(features.map((name) => [name, false])),
	};
}
