import {execa} from 'execa';

/** The git side of the repository: a bare repository on disk, the very one that is pushed to. */
export type BareRepository = {
	/** The commit a tag, branch or hash names, tags peeled. */
	commitOf(ref: string): Promise<string | undefined>;
	objectOf(ref: string): Promise<{readonly type: string; readonly sha: string} | undefined>;
	/** Publishing a release whose tag is not there makes a lightweight one, as GitHub does. */
	ensureTag(tag: string, target: string): Promise<void>;
};

export function openBareRepository(folder: string): BareRepository {
	const git = (...args: string[]) => execa('git', ['--git-dir', folder, ...args], {reject: false, stdin: 'ignore'});
	const parse = async (name: string) => {
		const {exitCode, stdout} = await git('rev-parse', '--verify', '--quiet', name);
		return exitCode === 0 ? stdout.trim() : undefined;
	};
	return {
		commitOf: (ref) => parse(`${ref}^{commit}`),
		async objectOf(ref) {
			const sha = await parse(ref);
			return sha === undefined ? undefined : {sha, type: (await git('cat-file', '-t', sha)).stdout.trim()};
		},
		async ensureTag(tag, target) {
			if ((await parse(`refs/tags/${tag}`)) === undefined) await git('update-ref', `refs/tags/${tag}`, target);
		},
	};
}
