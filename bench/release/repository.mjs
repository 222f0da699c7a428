// A shop's repository with a long history, and a bare remote; every run gets a copy of its own.
import {cp, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {runProgram} from '../measure.mjs';

const FILES = 400;
/** Commits since the last release. */
const SINCE_RELEASE = 100;

/** Makes the template: `commits` commits, v1.0.0 some way below the tip, the files given on top. */
export async function makeTemplate({folder, commits, files, env}) {
	const template = join(folder, 'template');
	const remote = join(template, 'remote.git');
	const shop = join(template, 'shop');
	await mkdir(shop, {recursive: true});
	const git = (...args) => runProgram(['git', ...args], {cwd: shop, env});
	await git('init', '--quiet', '--bare', '--initial-branch=main', remote);
	await git('init', '--quiet', '--initial-branch=main');
	await runProgram(['git', 'fast-import', '--quiet'], {cwd: shop, env, input: history(commits)});
	await git('reset', '--quiet', '--hard', 'main');
	await git('remote', 'add', 'origin', '../remote.git');
	for (const [key, value] of [
		['user.name', 'Asha'],
		['user.email', 'asha@shop.example'],
	])
		await git('config', key, value);
	await git('tag', '--annotate', '--message', 'v1.0.0', 'v1.0.0', `main~${SINCE_RELEASE}`);
	for (const [name, text] of Object.entries(files)) await writeFile(join(shop, name), text);
	await git('add', '--all');
	await git('commit', '--quiet', '--message', 'chore: configure the release');
	await git('repack', '-a', '-d', '--quiet');
	await git('push', '--quiet', '--set-upstream', '--follow-tags', 'origin', 'main');
	return template;
}

/** A copy of the template; `dispose` removes it. */
export async function copyTemplate(template) {
	const folder = await mkdtemp(`${template}-`);
	await cp(template, folder, {recursive: true});
	const cwd = join(folder, 'shop');
	// A whole address: release-it cannot read a relative one.
	await runProgram(['git', 'remote', 'set-url', 'origin', `file://${join(folder, 'remote.git')}`], {cwd});
	await runProgram(['git', 'update-index', '-q', '--refresh'], {cwd});
	return {cwd, dispose: () => rm(folder, {recursive: true, force: true})};
}

function history(commits) {
	const lines = [];
	for (let number = 1; number <= commits; number++) {
		const kind = number % 5 === 0 ? 'feat' : 'fix';
		const message = `${kind}(orders): change number ${number}\n\nWhy it was needed, in a line or two. Closes #${number}.\n`;
		const content = `export const changed = ${number};\n${'// a line of code that stays\n'.repeat(20)}`;
		lines.push(
			'commit refs/heads/main',
			`committer Asha <asha@shop.example> ${1_700_000_000 + number * 60} +0530`,
			`data ${Buffer.byteLength(message)}\n${message}`,
			`M 100644 inline src/part-${number % FILES}.js`,
			`data ${Buffer.byteLength(content)}\n${content}`,
		);
	}
	return `${lines.join('\n')}\n`;
}
