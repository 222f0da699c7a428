// A release without a database: tag and GitHub release alone, beside release-it on a copy of the same repository.
// node bench/release-alone.mjs [commits]      default 5000; BENCH_ROUNDS (default 7); BENCH_DELAY_MS (default 100)
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {printTable} from './backup/harness.mjs';
import {describeMachine, formatRange, interleave, machine, runProgram} from './measure.mjs';
import {startGitHub} from './release/github.mjs';
import {printJournal} from './release/journal.mjs';
import {copyTemplate, makeTemplate} from './release/repository.mjs';
import {installPeers} from './startup/peers.mjs';

const commits = Number(process.argv[2] ?? 5000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const delayMs = Number(process.env.BENCH_DELAY_MS ?? 100);
const binary = new URL('../bin/sastaops.js', import.meta.url).pathname;
const peers = await installPeers();
const folder = await mkdtemp(join(tmpdir(), 'sastaops-bench-release-'));
const github = await startGitHub({folder, delayMs});
const env = {
	PATH: process.env.PATH,
	HOME: folder,
	CI: 'true',
	GIT_CONFIG_GLOBAL: '/dev/null',
	GIT_CONFIG_SYSTEM: '/dev/null',
	GITHUB_TOKEN: 'a-token-of-the-bench',
	NODE_EXTRA_CA_CERTS: github.certificate,
};

try {
	const template = await makeTemplate({
		folder,
		commits,
		env,
		files: {
			'package.json': '{"name": "sastabazar", "version": "1.0.0", "private": true}\n',
			'sastaops.yaml': `database: none\nrelease: {forge: {repository: shop/sastabazar, baseUrl: ${github.url}}}\n`,
			'.release-it.json': JSON.stringify({
				// biome-ignore lint/suspicious/noTemplateCurlyInString: release-it fills it in
				git: {commit: false, requireBranch: 'main', requireUpstream: false, tagName: 'v${version}'},
				github: {release: true, host: github.host},
				npm: false,
			}),
		},
	});
	const contender = (name, argv) => ({
		name,
		prepare: () => {
			github.reset();
			return copyTemplate(template);
		},
		run: async ({cwd, dispose}) => {
			const started = performance.now();
			const startedAtMs = Date.now();
			await runProgram(argv, {cwd, env});
			const ms = performance.now() - started;
			if (process.env.BENCH_VERBOSE && name === 'sastaops') await printJournal(cwd, startedAtMs);
			await assertReleased(cwd);
			requests.set(name, [...github.requests]);
			await dispose();
			return ms;
		},
	});
	const requests = new Map();
	const times = await interleave(
		[
			contender('sastaops', [process.execPath, binary, 'release', 'create', '1.1.0', '--yes', '--json']),
			contender('release-it', [process.execPath, peers['release-it'], '1.1.0', '--ci']),
		],
		rounds,
	);
	const peer = times.get('release-it').median;
	const results = [...times].map(([name, range]) => ({
		name,
		...range,
		ratio: range.median / peer,
		githubAnswers: requests.get(name).length,
	}));
	console.log(`${describeMachine()}; ${commits} commits, ${rounds} rounds, ${delayMs} ms for each answer of GitHub`);
	printTable(
		['tag and GitHub release', 'seconds: median (min–max)', 'of release-it', 'answers of GitHub'],
		results.map(({name, ratio, githubAnswers, ...range}) => [
			name,
			formatRange(range, 1000, 2),
			ratio.toFixed(2),
			githubAnswers,
		]),
	);
	if (process.env.BENCH_VERBOSE) console.log(Object.fromEntries(requests));
	console.log(JSON.stringify({bench: 'release-alone', commits, rounds, delayMs, machine: machine(), results}));
} finally {
	await github.close();
	await rm(folder, {recursive: true, force: true});
}

/** A fast tool that did nothing would win. */
async function assertReleased(cwd) {
	const refs = await runProgram(['git', 'ls-remote', '--tags', 'origin', 'v1.1.0'], {cwd, env});
	if (!refs.includes('refs/tags/v1.1.0')) throw new Error('the tag is not on the remote');
	if (!github.requests.some((request) => /^(?:POST|PATCH) .*\/releases(?:\/\d+)?$/.test(request)))
		throw new Error('there is no GitHub release');
}
