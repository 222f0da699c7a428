import {createHash} from 'node:crypto';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {GitHub, GitHubAsset} from './github.js';
import {type GitHubApi, type GitHubHost, Refused} from './github-api.js';
import {hasErrorCode} from './github-errors.js';
import {assetOf, undefinedIfMissing} from './github-releases.js';

/** The client's types know this route by a name whose `{origin}` it would encode; the base address says the same. */
const UPLOAD =
	'POST /repos/{owner}/{repo}/releases/{release_id}/assets{?name,label}' as string as 'POST {origin}/repos/{owner}/{repo}/releases/{release_id}/assets{?name,label}';

type UploadRequest = {readonly name: string; readonly content: Uint8Array; readonly contentType: string};

export function assetCalls(api: GitHubApi, host: GitHubHost): Pick<GitHub, 'uploadAsset'> {
	return {
		async uploadAsset({release, isFresh = false, ...request}) {
			await host.fault('github.asset.before');
			const wanted = {...request, name: safeName(request.name)};
			const digest = `sha256:${createHash('sha256').update(request.content).digest('hex')}`;
			const asset = await api.findOrCreate({
				look: () => lookForAsset(api, release, wanted, digest),
				create: () => upload(api, release, wanted, digest),
				isAbsent: isFresh && release.assets.every(({name}) => name !== wanted.name),
			});
			await host.fault('github.asset.after');
			return asset;
		},
	};
}

/** GitHub renames what has other characters; a name it leaves alone can be found again. */
function safeName(name: string): string {
	return name
		.replace(/[^\w.-]+/g, '.')
		.replace(/\.{2,}/g, '.')
		.replace(/^\.|\.$/g, '');
}

/** The asset, if it is there whole. What a broken upload has left in our draft is taken away. */
async function lookForAsset(
	api: GitHubApi,
	{id, tag, isDraft}: {readonly id: number; readonly tag: string; readonly isDraft: boolean},
	{name, content}: UploadRequest,
	digest: string,
): Promise<GitHubAsset | undefined> {
	const listed = await api.pages('GET /repos/{owner}/{repo}/releases/{release_id}/assets', {release_id: id});
	const found = listed.map(assetOf).find((asset) => asset.name === name);
	if (found === undefined) return undefined;
	// A server that tells no digest has proved nothing: the file is sent again.
	if (found.state === 'uploaded' && found.size === content.byteLength && found.digest === digest) return found;
	if (!isDraft) {
		throw new SastaError('ASSET_DIFFERS', `The published release ${tag} has another file ${name}`, {
			exitCode: EXIT.refused,
			hint: 'A published release is not changed: release another version',
		});
	}
	await undefinedIfMissing(() =>
		api.repeatable('DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}', {asset_id: found.id}),
	);
	return undefined;
}

async function upload(
	api: GitHubApi,
	{id, uploadUrl}: {readonly id: number; readonly uploadUrl: string},
	{name, content, contentType}: UploadRequest,
	digest: string,
): Promise<GitHubAsset> {
	const {origin, pathname} = new URL(uploadUrl.replace(/\{.*\}$/, ''));
	try {
		const {data} = await api.once(UPLOAD, {
			release_id: id,
			name,
			data: content as unknown as string,
			// Its length is told by fetch itself; told twice it is refused.
			headers: {'content-type': contentType},
			// The release says where uploads go; the path of the API is the end of that address.
			baseUrl: origin + pathname.replace(/\/repos\/[^/]+\/[^/]+\/releases\/\d+\/assets$/, ''),
		});
		return verified(assetOf(data), content, digest);
	} catch (error) {
		if (error instanceof Refused && hasErrorCode(error.refusal, 'already_exists')) {
			throw new SastaError('ASSET_RACED', `Somebody else is uploading ${name} to this release`, {
				exitCode: EXIT.outside,
				cause: error,
				hint: 'sastaops release resume',
			});
		}
		throw error;
	}
}

function verified(asset: GitHubAsset, content: Uint8Array, digest: string): GitHubAsset {
	if (asset.size === content.byteLength && (asset.digest ?? digest) === digest) return asset;
	throw new SastaError('ASSET_DAMAGED', `GitHub has stored ${asset.name} otherwise than it was sent`, {
		exitCode: EXIT.outside,
		hint: 'sastaops release resume sends it again',
	});
}
