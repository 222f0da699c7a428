import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Git, GitHost} from './git.js';
import {parseRefs} from './git-parse.js';
import {lastWords, runProcess} from './process.js';

const NETWORK_TIMEOUT_MS = 120_000;

/** What talks to a remote. */
export function gitRemotes(root: string, host: GitHost): Pick<Git, 'lsRemote' | 'push' | 'fetchBranch' | 'fetchTag'> {
	const network = (args: readonly string[]) =>
		runProcess(host, {argv: ['git', ...args], cwd: root, timeoutMs: NETWORK_TIMEOUT_MS, uninterruptible: true});
	const fetch = async (remote: string, refspec: string, what: string): Promise<void> => {
		const {exitCode, stderr} = await network([
			'fetch',
			'--quiet',
			'--no-tags',
			'--no-write-fetch-head',
			remote,
			refspec,
		]);
		if (exitCode === 0) return;
		throw new SastaError('REMOTE_UNREACHABLE', `Cannot fetch ${what} from ${remote}`, {
			exitCode: EXIT.outside,
			details: lastWords(stderr, host),
		});
	};
	return {
		lsRemote: async (remote, patterns) => {
			const {exitCode, stdout, stderr, timedOut} = await network(['ls-remote', '--quiet', remote, ...patterns]);
			if (exitCode !== 0) {
				throw new SastaError(
					'REMOTE_UNREACHABLE',
					`The git remote ${remote} does not answer${timedOut ? ' in time' : ''}`,
					{
						exitCode: EXIT.outside,
						details: lastWords(stderr, host),
						hint: 'Check the network and your credentials: git ls-remote',
					},
				);
			}
			return parseRefs(stdout);
		},
		push: ({remote, refspecs, leases, dryRun = false}) =>
			network([
				'push',
				'--atomic',
				'--porcelain',
				'--no-follow-tags',
				'--recurse-submodules=no',
				...(dryRun ? ['--dry-run'] : []),
				...leases.map(({ref, expected}) => `--force-with-lease=${ref}:${expected}`),
				remote,
				...refspecs,
			]),
		fetchBranch: (remote, branch) => fetch(remote, `refs/heads/${branch}`, `the branch ${branch}`),
		fetchTag: (remote, tag) => fetch(remote, `refs/tags/${tag}:refs/tags/${tag}`, `the tag ${tag}`),
	};
}
