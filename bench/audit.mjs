// How long an audit takes: node bench/audit.mjs                                       BENCH_ROUNDS (default 5)
// The whole passive audit of a local shop beside its slowest single check, and beside testssl.sh on the same site, which
// asks of TLS alone, and more of it. Then the memory while a site sends whatever it likes.
import {execFile, execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {HOSTILE, serveSite} from './audit/site.mjs';
import {printTable} from './backup/harness.mjs';
import {describeMachine, formatRange, interleave, machine} from './measure.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const binary = fileURLToPath(new URL('../bin/sastaops.js', import.meta.url));
const preload = fileURLToPath(new URL('release/peak-preload.cjs', import.meta.url));
const site = await serveSite();
const where = ['--domain', `https://shop.example:${site.port}`, '--resolve', `shop.example:${site.port}:127.0.0.1`];

/** Any answer will do: what is measured is how long it took, and how much memory. */
function run(program, args, env = {}) {
	return new Promise((done) => {
		execFile(program, args, {cwd: site.folder, env: {...process.env, ...env}, maxBuffer: 1e9}, (_error, stdout) =>
			done(stdout),
		);
	});
}

const audit = (...words) => run(process.execPath, [binary, 'audit', ...words, ...where, '--ca', site.ca, '--json']);

const whole = JSON.parse(await audit());
const asked = whole.checks.filter(({effect, verdict}) => effect === 'passive' && verdict !== 'skip').map(({id}) => id);
const single = await interleave(
	asked.map((id) => ({name: id, run: async () => void (await audit(id))})),
	3,
);
const slowest = [...single].sort(([, a], [, b]) => b.median - a.median)[0];

const testssl = which('testssl') ?? which('testssl.sh');
const times = await interleave(
	[
		{name: 'sastaops audit, all that is passive', run: async () => void (await audit(...asked))},
		{name: `its slowest check alone (${slowest[0]})`, run: async () => void (await audit(slowest[0]))},
		...(testssl === undefined
			? []
			: [
					{
						name: 'testssl.sh, TLS alone',
						run: async () =>
							void (await run(testssl, [
								'--quiet',
								'--color',
								'0',
								'--warnings',
								'off',
								'--ip',
								'127.0.0.1',
								`shop.example:${site.port}`,
							])),
					},
				]),
	],
	rounds,
);
const own = times.get('sastaops audit, all that is passive').median;
const results = [...times].map(([name, range]) => ({name, ...range, ratio: own / range.median}));

const peaks = [];
for (const kind of ['shop', ...HOSTILE]) {
	site.become(kind);
	peaks.push({kind, ...(await measurePeak())});
}
site.close();

console.log(`${describeMachine()}; ${rounds} rounds; ${asked.length} checks, ${whole.requests.spent} requests`);
printTable(
	['', 's: median (min–max)', 'the audit takes'],
	results.map(({name, ratio, ...range}) => [name, formatRange(range, 1000, 2), `${ratio.toFixed(2)} ×`]),
);
printTable(
	['while the site sends', 'peak MB (at most 120)', 's'],
	peaks.map(({kind, peakMb, seconds}) => [kind, peakMb.toFixed(0), seconds.toFixed(1)]),
);
console.log(JSON.stringify({bench: 'audit', rounds, machine: machine(), checks: asked.length, results, peaks}));

async function measurePeak() {
	const folder = mkdtempSync(join(tmpdir(), 'sastaops-bench-peak-'));
	const file = join(folder, 'peak');
	const started = performance.now();
	const args = ['--require', preload, binary, 'audit', ...asked, ...where, '--ca', site.ca, '--json'];
	await run(process.execPath, args, {BENCH_PEAK: file});
	const seconds = (performance.now() - started) / 1000;
	const peakMb = Number(readFileSync(file, 'utf8')) / 1000;
	rmSync(folder, {recursive: true, force: true});
	return {peakMb, seconds};
}

function which(program) {
	try {
		return execFileSync('sh', ['-c', `command -v ${program}`], {encoding: 'utf8'}).trim() || undefined;
	} catch {
		return undefined;
	}
}
