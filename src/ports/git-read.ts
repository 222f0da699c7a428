import type {SimpleGit} from 'simple-git';
import {SastaError} from '../kernel/errors.js';
import type {Git} from './git.js';
import {parseLog, parseRefs} from './git-parse.js';

type Readers = Pick<
	Git,
	| 'version'
	| 'head'
	| 'branch'
	| 'dirtyFiles'
	| 'isShallow'
	| 'resolve'
	| 'isAncestor'
	| 'tags'
	| 'log'
	| 'remoteUrl'
	| 'config'
	| 'show'
	| 'listFiles'
>;

/** What only looks at the repository here. */
export function gitReaders(git: SimpleGit, run: Git['run']): Readers {
	const resolve: Git['resolve'] = async (name) => {
		const {exitCode, stdout} = await run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
		return exitCode === 0 ? stdout.trim() : undefined;
	};
	return {
		resolve,
		version: async () => (await run(['--version'])).stdout.trim().replace(/^git version /, ''),
		head: async () => {
			const commit = await resolve('HEAD');
			if (commit === undefined)
				throw new SastaError('NO_COMMITS', 'The repository has no commit yet', {hint: 'Commit something first'});
			return commit;
		},
		branch: async () => {
			// Not `--short`: where a tag bears the same name, that says heads/main.
			const {exitCode, stdout} = await run(['symbolic-ref', '--quiet', 'HEAD']);
			return exitCode === 0 ? stdout.trim().replace(/^refs\/heads\//, '') : undefined;
		},
		dirtyFiles: async () =>
			(await git.status()).files.map(({path, index, working_dir: workTree}) => `${index}${workTree} ${path}`),
		isShallow: async () => (await git.revparse(['--is-shallow-repository'])).trim() === 'true',
		isAncestor: async (ancestor, descendant) =>
			(await run(['merge-base', '--is-ancestor', ancestor, descendant])).exitCode === 0,
		tags: async (prefix) =>
			parseRefs(
				await git.raw([
					'for-each-ref',
					'--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end) %(refname:lstrip=2)',
					`refs/tags/${prefix}*`,
				]),
			),
		log: async (from, to) =>
			parseLog(
				await git.raw([
					'log',
					'-z',
					'--no-show-signature',
					'--encoding=UTF-8',
					'--format=%H%x01%aN%x01%aE%x01%aI%x01%B',
					from === undefined ? to : `${from}..${to}`,
					'--',
				]),
			),
		remoteUrl: async (remote) => {
			const {exitCode, stdout} = await run(['remote', 'get-url', remote]);
			return exitCode === 0 ? stdout.trim() : undefined;
		},
		config: async (key) => (await git.getConfig(key)).value ?? undefined,
		show: async (commit, path) => {
			const {exitCode, stdout} = await run(['show', `${commit}:${path}`]);
			return exitCode === 0 ? stdout : undefined;
		},
		listFiles: async (commit, folder) => {
			const {exitCode, stdout} = await run(['ls-tree', '-r', '-z', '--full-tree', '--name-only', commit, '--', folder]);
			return exitCode === 0 ? stdout.split('\0').filter((name) => name !== '') : [];
		},
	};
}
