import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {SimpleGit} from 'simple-git';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Git} from './git.js';
import {parseTagObject} from './git-parse.js';

type Repository = {readonly git: SimpleGit; readonly run: Git['run']; readonly root: string};

/** What makes objects and refs in the repository here. */
export function gitWriters({
	git,
	run,
	root,
}: Repository): Pick<Git, 'tagObject' | 'createTag' | 'deleteTag' | 'commitFile'> {
	const tagObject: Git['tagObject'] = async (tag) => {
		const {exitCode, stdout} = await run(['rev-parse', '--verify', '--quiet', `refs/tags/${tag}`]);
		if (exitCode !== 0) return undefined;
		const objectId = stdout.trim();
		const type = (await git.raw(['cat-file', '-t', objectId])).trim();
		if (type !== 'tag') return {objectId, commit: objectId, message: undefined, isSigned: false};
		return parseTagObject(objectId, await git.raw(['cat-file', '-p', objectId]));
	};
	return {
		tagObject,
		commitFile: (request) => commitFile(run, root, request),
		createTag: async ({tag, commit, message, tagger, sign}) => {
			const env = {
				GIT_COMMITTER_NAME: tagger.name,
				GIT_COMMITTER_EMAIL: tagger.email,
				GIT_COMMITTER_DATE: tagger.date,
				GIT_EDITOR: 'true',
			};
			const {exitCode, stderr} = await run(
				['tag', sign ? '--sign' : '--no-sign', '--annotate', '--cleanup=verbatim', '--file=-', tag, commit],
				{input: message, env},
			);
			const made = exitCode === 0 ? await tagObject(tag) : undefined;
			// git 2.39 makes an unsigned tag, and says 0, when the SSH key cannot be used.
			const isAsAsked = made !== undefined && (made.isSigned || !sign);
			if (made && !isAsAsked) await run(['update-ref', '-d', `refs/tags/${tag}`, made.objectId]);
			if (!isAsAsked)
				throw new SastaError('TAG_FAILED', `git could not make the tag ${tag}`, {
					exitCode: EXIT.stopped,
					details: stderr.trim().split('\n').slice(-3),
				});
			return made;
		},
		deleteTag: async (tag, objectId) => {
			const {exitCode, stderr} = await run(['update-ref', '-d', `refs/tags/${tag}`, objectId]);
			if (exitCode !== 0)
				throw new SastaError('TAG_CHANGED', `The local tag ${tag} is no longer ours; it stays`, {
					exitCode: EXIT.stopped,
					cause: new Error(errorMessage(stderr)),
				});
		},
	};
}

async function commitFile(
	run: Git['run'],
	root: string,
	{parent, path, content, message, author}: Parameters<Git['commitFile']>[0],
): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-index-'));
	const env = {
		GIT_INDEX_FILE: join(folder, 'index'),
		GIT_AUTHOR_NAME: author.name,
		GIT_AUTHOR_EMAIL: author.email,
		GIT_AUTHOR_DATE: author.date,
		GIT_COMMITTER_NAME: author.name,
		GIT_COMMITTER_EMAIL: author.email,
		GIT_COMMITTER_DATE: author.date,
	};
	const must = async (args: readonly string[], input?: string): Promise<string> => {
		const {exitCode, stdout, stderr} = await run(args, {env, ...(input === undefined ? {} : {input})});
		if (exitCode === 0) return stdout.trim();
		throw new SastaError('COMMIT_FAILED', `git could not write ${path} in ${root}`, {
			exitCode: EXIT.stopped,
			details: stderr.trim().split('\n').slice(-3),
		});
	};
	try {
		const blob = await must(['hash-object', '-w', '--stdin'], content);
		await must(['read-tree', parent]);
		await must(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
		return await must(['commit-tree', '-p', parent, '-F', '-', await must(['write-tree'])], message);
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}
