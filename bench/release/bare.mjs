// What any tool must do to release: the git commands, and what is asked of GitHub, with nothing around them.
import {fileURLToPath} from 'node:url';
import {runProgram} from '../measure.mjs';

/** Milliseconds of the git commands, one after the other. */
export async function bareGit(cwd, env) {
	const git = (...args) => runProgram(['git', ...args], {cwd, env});
	const started = performance.now();
	await git('ls-remote', 'origin', 'refs/heads/main', 'refs/tags/v*');
	await git('status', '--porcelain');
	await git('log', 'v1.0.0..HEAD', '--format=%H %B');
	await git('tag', '--annotate', '--message', 'v1.1.0', 'v1.1.0');
	await git('push', '--dry-run', '--atomic', 'origin', 'main', 'v1.1.0');
	await git('push', '--atomic', 'origin', 'main', 'v1.1.0');
	return performance.now() - started;
}

/** Milliseconds of GitHub's answers, over one connection, as the process that asks sees them. */
export async function bareGitHub({url, certificate}) {
	const script = fileURLToPath(new URL('bare-github.mjs', import.meta.url));
	const env = {PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificate};
	return Number(await runProgram([process.execPath, script, url], {env}));
}
