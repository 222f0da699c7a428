// What the command line costs before it does anything: node bench/startup.mjs       BENCH_ROUNDS (default 15)
// Node itself doing nothing is the measure; the peers stand beside.
import {printTable} from './backup/harness.mjs';
import {describeMachine, formatRange, interleave, machine, runProgram} from './measure.mjs';
import {installPeers} from './startup/peers.mjs';

const LIMITS = {'sastaops --version': 1.3, 'sastaops --help': 1.6};
const rounds = Number(process.env.BENCH_ROUNDS ?? 15);
const binary = new URL('../bin/sastaops.js', import.meta.url).pathname;
const programs = {sastaops: binary, ...(await installPeers())};
const commands = Object.entries(programs).flatMap(([name, file]) =>
	['--version', '--help'].map((flag) => ({name: `${name} ${flag}`, argv: [process.execPath, file, flag]})),
);
const contenders = [{name: 'node -e 0', argv: [process.execPath, '-e', '0']}, ...commands];

const times = await interleave(
	contenders.map(({name, argv}) => ({name, run: async () => void (await runProgram(argv))})),
	rounds,
);
const bare = times.get('node -e 0').median;
const results = [...times].map(([name, range]) => ({name, ...range, ratio: range.median / bare, atMost: LIMITS[name]}));

console.log(`${describeMachine()}; ${rounds} rounds`);
printTable(
	['command', 'ms: median (min–max)', 'of bare node', 'at most'],
	results.map(({name, ratio, atMost, ...range}) => [name, formatRange(range), ratio.toFixed(2), atMost ?? '']),
);
console.log(JSON.stringify({bench: 'startup', rounds, machine: machine(), results}));
