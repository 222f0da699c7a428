import {createHash} from 'node:crypto';
import type {BareRepository} from './bare-repository.js';
import type {Shapes} from './shapes.js';
import {addRelease, type GitHubState, NOW, type StoredRelease} from './state.js';

export type RouteRequest = {
	readonly parameters: Readonly<Record<string, string>>;
	readonly query: URLSearchParams;
	readonly body: Readonly<Record<string, unknown>>;
	readonly content: Buffer;
	readonly contentType: string;
};

/** A list is paged by the server. */
export type RouteReply = {readonly status: number; readonly body?: unknown; readonly list?: readonly unknown[]};

export type RouteWorld = {
	readonly state: GitHubState;
	readonly shapes: Shapes;
	readonly git: BareRepository | undefined;
};

type Handler = (request: RouteRequest, world: RouteWorld) => RouteReply | Promise<RouteReply>;

const REPO = '/repos/{owner}/{repo}';

/** What each route does, by GitHub's description and by what GitHub is known to do. */
export const ROUTES: Readonly<Record<string, Handler>> = {
	[`GET ${REPO}`]: (_request, {shapes}) => ok(shapes.repository()),

	[`GET ${REPO}/releases`]: (_request, {state, shapes}) => ({
		status: 200,
		// Newest first; drafts only for those who may push.
		list: [...state.releases]
			.reverse()
			.filter(({isDraft}) => !isDraft || state.canPush)
			.map(shapes.release),
	}),
	[`POST ${REPO}/releases`]: ({body}, {state, shapes}) => {
		if (!state.canPush) return forbidden();
		const tag = String(body['tag_name']);
		if (state.burntTags.has(tag))
			return invalid('Release', 'custom', 'tag_name', 'tag_name was used by an immutable release');
		// Drafts are not unique; only a published release bars its tag.
		if (hasPublished(state, tag)) return invalid('Release', 'already_exists', 'tag_name');
		const isDraft = body['draft'] === true;
		const release = addRelease(state, {
			tag,
			isDraft,
			target: String(body['target_commitish'] ?? 'main'),
			name: String(body['name'] ?? ''),
			body: String(body['body'] ?? ''),
			isPrerelease: body['prerelease'] === true,
			publishedAt: isDraft ? null : NOW,
		});
		return {status: 201, body: shapes.release(release)};
	},
	[`GET ${REPO}/releases/tags/{tag}`]: ({parameters}, {state, shapes}) => {
		const release = state.releases.find(
			({tag, isDraft}) => tag === decodeURIComponent(parameters['tag'] ?? '') && !isDraft,
		);
		return release ? ok(shapes.release(release)) : missing();
	},
	[`GET ${REPO}/releases/{release_id}`]: (request, {state, shapes}) => {
		const release = releaseOf(request, state);
		return release ? ok(shapes.release(release)) : missing();
	},
	[`PATCH ${REPO}/releases/{release_id}`]: async (request, world) => {
		const release = releaseOf(request, world.state);
		if (!release) return missing();
		if (!world.state.canPush) return forbidden();
		const {body} = request;
		if (typeof body['name'] === 'string') release.name = body['name'];
		if (typeof body['body'] === 'string') release.body = body['body'];
		if (typeof body['prerelease'] === 'boolean') release.isPrerelease = body['prerelease'];
		if (body['draft'] === false && release.isDraft) {
			if (hasPublished(world.state, release.tag)) return invalid('Release', 'already_exists', 'tag_name');
			await world.git?.ensureTag(release.tag, release.target);
			release.isDraft = false;
			release.publishedAt = NOW;
			release.isImmutable = world.state.isImmutable;
		}
		return ok(world.shapes.release(release));
	},
	[`DELETE ${REPO}/releases/{release_id}`]: (request, {state}) => {
		const release = releaseOf(request, state);
		if (!release) return missing();
		if (release.isImmutable) state.burntTags.add(release.tag);
		state.releases = state.releases.filter(({id}) => id !== release.id);
		return {status: 204};
	},

	[`GET ${REPO}/releases/{release_id}/assets`]: (request, {state, shapes}) => {
		const release = releaseOf(request, state);
		return release ? {status: 200, list: release.assets.map((asset) => shapes.asset(release, asset))} : missing();
	},
	[`POST ${REPO}/releases/{release_id}/assets`]: (request, {state, shapes}) => {
		const release = releaseOf(request, state);
		if (!release) return missing();
		const name = (request.query.get('name') ?? '').replace(/[^\w.-]+/g, '.');
		if (release.isImmutable)
			return {status: 422, body: {message: 'Cannot upload assets to an immutable release', documentation_url: DOCS}};
		if (release.assets.some((asset) => asset.name === name)) return invalid('ReleaseAsset', 'already_exists', 'name');
		const asset = {
			id: state.nextId(),
			name,
			contentType: request.contentType,
			content: request.content,
			digest: state.hasDigests ? `sha256:${createHash('sha256').update(request.content).digest('hex')}` : null,
			state: 'uploaded' as const,
		};
		release.assets.push(asset);
		return {status: 201, body: shapes.asset(release, asset)};
	},
	[`DELETE ${REPO}/releases/assets/{asset_id}`]: ({parameters}, {state}) => {
		const id = Number(parameters['asset_id']);
		const release = state.releases.find(({assets}) => assets.some((asset) => asset.id === id));
		if (!release) return missing();
		release.assets = release.assets.filter((asset) => asset.id !== id);
		return {status: 204};
	},

	[`GET ${REPO}/deployments`]: ({query}, {state, shapes}) => ({
		status: 200,
		list: [...state.deployments]
			.reverse()
			.filter(({environment}) => !query.has('environment') || environment === query.get('environment'))
			.map(shapes.deployment),
	}),
	[`POST ${REPO}/deployments`]: async ({body}, {state, shapes, git}) => {
		if (!state.canPush) return forbidden();
		// The defaults merge or wait for checks: a conflict for whoever forgets to switch them off.
		if (body['auto_merge'] !== false || !Array.isArray(body['required_contexts'])) {
			return {status: 409, body: {message: 'Conflict merging main into the ref', documentation_url: DOCS}};
		}
		const ref = String(body['ref']);
		const sha = git ? await git.commitOf(ref) : '0'.repeat(40);
		if (sha === undefined) return {status: 422, body: {message: `No ref found for: ${ref}`, documentation_url: DOCS}};
		const deployment = {
			id: state.nextId(),
			ref,
			sha,
			environment: String(body['environment'] ?? 'production'),
			description: String(body['description'] ?? ''),
			payload: body['payload'] ?? {},
			statuses: [],
		};
		state.deployments.push(deployment);
		return {status: 201, body: shapes.deployment(deployment)};
	},
	[`GET ${REPO}/deployments/{deployment_id}/statuses`]: (request, {state, shapes}) => {
		const deployment = deploymentOf(request, state);
		if (!deployment) return missing();
		return {status: 200, list: [...deployment.statuses].reverse().map((status) => shapes.status(deployment, status))};
	},
	[`POST ${REPO}/deployments/{deployment_id}/statuses`]: (request, {state, shapes}) => {
		const deployment = deploymentOf(request, state);
		if (!deployment) return missing();
		const status = {
			id: state.nextId(),
			state: String(request.body['state']),
			description: String(request.body['description'] ?? ''),
		};
		deployment.statuses.push(status);
		return {status: 201, body: shapes.status(deployment, status)};
	},

	[`GET ${REPO}/git/ref/{ref}`]: async ({parameters}, {git, shapes}) => {
		const ref = `refs/${decodeURIComponent(parameters['ref'] ?? '')}`;
		const object = await git?.objectOf(ref);
		return object ? ok(shapes.ref(ref, object.type, object.sha)) : missing();
	},
};

const DOCS = 'https://docs.github.com/rest';

function ok(body: unknown): RouteReply {
	return {status: 200, body};
}

export function missing(): RouteReply {
	return {status: 404, body: {message: 'Not Found', documentation_url: DOCS, status: '404'}};
}

function forbidden(): RouteReply {
	return {status: 403, body: {message: 'Resource not accessible by personal access token', documentation_url: DOCS}};
}

function invalid(resource: string, code: string, field: string, message?: string): RouteReply {
	const error = {resource, code, field, ...(message ? {message} : {})};
	return {status: 422, body: {message: 'Validation Failed', documentation_url: DOCS, errors: [error]}};
}

function hasPublished(state: GitHubState, tag: string): boolean {
	return state.releases.some((release) => release.tag === tag && !release.isDraft);
}

function releaseOf({parameters}: RouteRequest, state: GitHubState): StoredRelease | undefined {
	const release = state.releases.find(({id}) => id === Number(parameters['release_id']));
	return release && (!release.isDraft || state.canPush) ? release : undefined;
}

function deploymentOf({parameters}: RouteRequest, state: GitHubState) {
	return state.deployments.find(({id}) => id === Number(parameters['deployment_id']));
}
