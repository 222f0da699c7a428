// A whole release, backup included, beside the sum of the bare tools it must run: the same mongodump into a file, the git
// commands, the answers of GitHub, one after the other.
// node bench/release-whole.mjs [megabytes] [commits]      default 200 5000; BENCH_ROUNDS (default 3)
// BENCH_ENGINE=builtin takes sastaops' own engine, against a bare driver loop.
// BENCH_SERVER=real takes the database server of the tests, which is slow; else a server that answers from memory, and
// the state database on a real one.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {bundle, bundleFile, printTable, runChild, withDatabase, withReplay} from './backup/harness.mjs';
import {describeMachine, formatRange, interleave, machine, summarize} from './measure.mjs';
import {bareGit, bareGitHub} from './release/bare.mjs';
import {startGitHub} from './release/github.mjs';
import {printJournal} from './release/journal.mjs';
import {runMeasured} from './release/peak.mjs';
import {copyTemplate, makeTemplate} from './release/repository.mjs';
import {withWarmTool} from './release/warm.mjs';

const AT_MOST = 1.15;
const MOST_MB = 150;
const megabytes = Number(process.argv[2] ?? 200);
const commits = Number(process.argv[3] ?? 5000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const delayMs = Number(process.env.BENCH_DELAY_MS ?? 100);
const {officialTools} = await bundle('test/support/mongo-tools.ts');
const {mongodump = []} = officialTools() ?? {};
const engine = process.env.BENCH_ENGINE ?? (mongodump.length > 0 ? 'mongodump' : 'builtin');
const subject = await bundleFile('bench/backup/subject.ts');
const binary = new URL('../bin/sastaops.js', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'sastaops-bench-release-'));
const github = await startGitHub({folder, delayMs});
const env = {
	PATH: process.env.PATH,
	HOME: process.env.HOME,
	CI: 'true',
	GIT_CONFIG_GLOBAL: '/dev/null',
	GIT_CONFIG_SYSTEM: '/dev/null',
	GITHUB_TOKEN: 'a-token-of-the-bench',
	NODE_EXTRA_CA_CERTS: github.certificate,
};

try {
	await withWarmTool(engine === 'mongodump' ? mongodump : [], () =>
		process.env.BENCH_SERVER === 'real'
			? withDatabase(megabytes, (data) => measure(data, data))
			: withReplay(megabytes, (data) => withDatabase(0, (state) => measure(data, state))),
	);
} finally {
	await github.close();
	await Promise.all([rm(subject, {force: true}), rm(folder, {recursive: true, force: true})]);
}

async function measure(data, state) {
	const template = await makeTemplate({folder, commits, env, files: configuration(data, state)});
	const prepare = () => {
		github.reset();
		return copyTemplate(template);
	};
	const parts = {dump: [], git: [], github: []};
	const peaks = [];
	let answers = 0;
	const times = await interleave(
		[
			{
				name: 'sastaops release create',
				prepare,
				async run({cwd, dispose}) {
					const argv = [process.execPath, binary, 'release', 'create', '1.1.0', '--yes', '--json'];
					const startedAtMs = Date.now();
					const {ms, peakMb} = await runMeasured(argv, {cwd, env});
					if (process.env.BENCH_VERBOSE) await printJournal(cwd, startedAtMs);
					peaks.push(peakMb);
					answers = github.requests.length;
					await forgetRun(state);
					await dispose();
					return ms;
				},
			},
			{
				name: 'the bare tools, summed',
				prepare,
				async run({cwd, dispose}) {
					const mode = engine === 'mongodump' ? 'bare-mongodump' : 'bare-driver';
					const {ms: dumpMs} = await runChild(mode, {...data, mongodump, subject});
					const gitMs = await bareGit(cwd, env);
					const githubMs = await bareGitHub({url: github.url, certificate: github.certificate});
					parts.dump.push(dumpMs);
					parts.git.push(gitMs);
					parts.github.push(githubMs);
					await dispose();
					return dumpMs + gitMs + githubMs;
				},
			},
		],
		rounds,
	);
	report(times, {parts, peakMb: Math.max(...peaks), answers});
}

function configuration(data, state) {
	return {
		'.gitignore': 'backups/\n',
		'sastaops.yaml': JSON.stringify({
			database: {uri: data.uri, name: data.name, state: {uri: state.uri, name: 'bench_state'}},
			backup: {engine, mongodump: mongodump.join(' ')},
			release: {forge: {repository: 'shop/sastabazar', baseUrl: github.url}},
		}),
	};
}

/** Every run finds the state database as the first one did. */
async function forgetRun({uri}) {
	const {MongoClient} = await import('mongodb');
	const client = await MongoClient.connect(uri);
	await client.db('bench_state').dropDatabase();
	await client.close();
}

function report(times, {parts, peakMb, answers}) {
	const sum = times.get('the bare tools, summed').median;
	const rows = [
		...times,
		...Object.entries(parts).map(([name, values]) => [`  of which ${name}`, summarize(values)]),
	].map(([name, range]) => ({name, ...range, ratio: range.median / sum}));
	console.log(`${describeMachine()}; ${megabytes} MB, ${commits} commits, ${rounds} rounds, engine ${engine}`);
	printTable(
		['whole release', 'seconds: median (min–max)', 'of the sum'],
		rows.map(({name, ratio, ...range}) => [name, formatRange(range, 1000, 2), ratio.toFixed(2)]),
	);
	console.log(`wanted at most ${AT_MOST} of the sum; peak memory ${peakMb.toFixed(0)} MB of ${MOST_MB}`);
	console.log(
		JSON.stringify({
			bench: 'release-whole',
			megabytes,
			commits,
			rounds,
			engine,
			delayMs,
			answers,
			peakMb,
			atMost: AT_MOST,
			mostMb: MOST_MB,
			machine: machine(),
			results: rows,
		}),
	);
}
