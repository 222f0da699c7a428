import type {Endpoints} from '@octokit/types';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {DraftRequest, FoundRelease, GitHub, GitHubAsset, GitHubRelease} from './github.js';
import {type GitHubApi, type GitHubHost, Refused} from './github-api.js';
import {hasErrorCode} from './github-errors.js';

type ReleaseAnswer = Endpoints['GET /repos/{owner}/{repo}/releases/{release_id}']['response']['data'];
type AssetAnswer = ReleaseAnswer['assets'][number];

type ReleaseCalls = Pick<
	GitHub,
	| 'readRepository'
	| 'listReleases'
	| 'findRelease'
	| 'readPublished'
	| 'createDraft'
	| 'deleteDuplicates'
	| 'updateRelease'
	| 'publish'
	| 'deleteDraft'
>;

export function releaseCalls(api: GitHubApi, host: GitHubHost): ReleaseCalls {
	const listReleases = async () => (await api.pages('GET /repos/{owner}/{repo}/releases', {})).map(releaseOf);
	const read = (id: number) =>
		undefinedIfMissing(
			async () => (await api.repeatable('GET /repos/{owner}/{repo}/releases/{release_id}', {release_id: id})).data,
		);
	const remove = (id: number) =>
		undefinedIfMissing(() => api.repeatable('DELETE /repos/{owner}/{repo}/releases/{release_id}', {release_id: id}));

	return {
		async readRepository() {
			const {data} = await api.repeatable('GET /repos/{owner}/{repo}', {});
			return {canPush: data.permissions?.push === true, url: data.html_url};
		},
		listReleases,
		findRelease: async (tag, marker) => choose(await listReleases(), tag, marker),
		async readPublished(tag) {
			const answer = await undefinedIfMissing(() =>
				api.repeatable('GET /repos/{owner}/{repo}/releases/tags/{tag}', {tag}),
			);
			return answer && releaseOf(answer.data);
		},
		async createDraft(request) {
			await host.fault('github.draft.before');
			const created = await api.findOrCreate({
				look: async () => ours(choose(await listReleases(), request.tag, request.marker)),
				create: () => postDraft(api, request),
			});
			// Whoever acts next looks first; the answer may come meanwhile.
			listReleases().catch(() => undefined);
			await host.fault('github.draft.after');
			return created;
		},
		async deleteDuplicates(tag, marker) {
			const [, ...later] = ownOf(await listReleases(), tag, marker);
			for (const {id, isDraft} of later) if (isDraft) await remove(id);
		},
		async updateRelease(id, change) {
			const {data} = await api.repeatable('PATCH /repos/{owner}/{repo}/releases/{release_id}', {
				release_id: id,
				...change,
			});
			return releaseOf(data);
		},
		async publish(id, isDraft = false) {
			await host.fault('github.publish.before');
			const published = await api.findOrCreate({
				look: async () => {
					const release = await read(id);
					return release === undefined || release.draft ? undefined : releaseOf(release);
				},
				create: () => patchPublished(api, id),
				isAbsent: isDraft,
			});
			await host.fault('github.publish.after');
			return published;
		},
		async deleteDraft(id, marker) {
			const release = await read(id);
			if (release === undefined || !release.draft || !release.body?.includes(marker)) return false;
			await remove(id);
			return true;
		},
	};
}

export function assetOf({id, name, size, state, digest}: AssetAnswer): GitHubAsset {
	return {id, name, size, state, digest: digest ?? undefined};
}

/** The answer, or undefined for 404. */
export async function undefinedIfMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof Refused && error.refusal.status === 404) return undefined;
		throw error;
	}
}

function releaseOf(answer: ReleaseAnswer): GitHubRelease {
	return {
		id: answer.id,
		tag: answer.tag_name,
		name: answer.name ?? '',
		body: answer.body ?? '',
		isDraft: answer.draft,
		isPrerelease: answer.prerelease,
		isImmutable: answer.immutable === true,
		url: answer.html_url,
		uploadUrl: answer.upload_url,
		assets: answer.assets.map(assetOf),
	};
}

/** Somebody else's published release bars the tag even beside a draft of ours; their draft only while we have none. */
function choose(releases: readonly GitHubRelease[], tag: string, marker: string): FoundRelease {
	const [own] = ownOf(releases, tag, marker);
	const foreign = releases.filter((release) => release.tag === tag && !release.body.includes(marker));
	const barring = foreign.find(({isDraft}) => !isDraft) ?? (own ? undefined : foreign[0]);
	if (barring) return {kind: 'foreign', release: barring};
	return own ? {kind: 'ours', release: own} : {kind: 'none'};
}

/** The releases of a tag that carry the marker, the one that counts first. */
function ownOf(releases: readonly GitHubRelease[], tag: string, marker: string): GitHubRelease[] {
	return releases.filter((release) => release.tag === tag && release.body.includes(marker)).sort((a, b) => a.id - b.id);
}

function ours(found: FoundRelease): GitHubRelease | undefined {
	if (found.kind === 'foreign') throw taken(found.release.tag, found.release.url);
	return found.kind === 'ours' ? found.release : undefined;
}

async function postDraft(
	api: GitHubApi,
	{tag, target, name, body, marker, isPrerelease}: DraftRequest,
): Promise<GitHubRelease> {
	if (!body.includes(marker)) throw new Error('createDraft: the body lacks the marker');
	try {
		const {data} = await api.once('POST /repos/{owner}/{repo}/releases', {
			tag_name: tag,
			target_commitish: target,
			name,
			body,
			draft: true,
			prerelease: isPrerelease,
		});
		return releaseOf(data);
	} catch (error) {
		throw takenOr(error, tag);
	}
}

async function patchPublished(api: GitHubApi, id: number): Promise<GitHubRelease> {
	try {
		const {data} = await api.once('PATCH /repos/{owner}/{repo}/releases/{release_id}', {
			release_id: id,
			draft: false,
			// By version, so that a fix of an old line does not become the latest.
			make_latest: 'legacy',
		});
		return releaseOf(data);
	} catch (error) {
		throw takenOr(error, `of draft ${id}`);
	}
}

function takenOr(error: unknown, tag: string): unknown {
	return error instanceof Refused && hasErrorCode(error.refusal, 'already_exists')
		? taken(tag, undefined, error)
		: error;
}

function taken(tag: string, url: string | undefined, cause?: unknown): SastaError {
	return new SastaError('RELEASE_TAKEN', `GitHub has a release ${tag} that is not this run’s${url ? `: ${url}` : ''}`, {
		exitCode: EXIT.refused,
		cause,
		hint: 'It is untouched. Look at it; then release another version',
	});
}
