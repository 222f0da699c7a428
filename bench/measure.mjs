// How every bench measures: contenders in turn, the order reversed in every other round, medians with their range.
import {spawn} from 'node:child_process';
import {cpus, totalmem} from 'node:os';

/** One measured command: `run` resolves when it is over; `prepare` is not timed. */
export async function interleave(contenders, rounds) {
	const times = new Map(contenders.map(({name}) => [name, []]));
	for (let round = 0; round < rounds; round++) {
		const order = round % 2 === 0 ? contenders : contenders.toReversed();
		for (const {name, prepare, run} of order) {
			const prepared = await prepare?.();
			const started = performance.now();
			const ms = await run(prepared);
			times.get(name).push(typeof ms === 'number' ? ms : performance.now() - started);
		}
	}
	return new Map([...times].map(([name, values]) => [name, summarize(values)]));
}

export function summarize(values) {
	const sorted = values.toSorted((a, b) => a - b);
	return {median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted.at(-1)};
}

/** Runs a program to its end, its output thrown away unless it fails. @throws where the exit code is not 0 */
export async function runProgram([program, ...args], {cwd, env, input} = {}) {
	const child = spawn(program, args, {cwd, env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']});
	if (input !== undefined) child.stdin.end(input);
	const output = {stdout: '', stderr: ''};
	for (const stream of ['stdout', 'stderr']) {
		child[stream].setEncoding('utf8');
		child[stream].on('data', (text) => {
			output[stream] += text;
		});
	}
	const code = await new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	if (code === 0) return output.stdout;
	throw new Error(`${program} ${args.join(' ')} exited with ${code}\n${output.stdout}\n${output.stderr}`);
}

/** What the figures were taken on. */
export function machine() {
	const [{model}] = cpus();
	return {
		cores: cpus().length,
		model,
		memoryGb: Math.round(totalmem() / 1e9),
		node: process.version,
		platform: process.platform,
	};
}

export function describeMachine({cores, model, memoryGb, node, platform} = machine()) {
	return `${cores} cores (${model.trim()}), ${memoryGb} GB, ${platform}, Node ${node}`;
}

/** `1.23 (1.10–1.40)`, divided by `unit`. */
export function formatRange({median, min, max}, unit = 1, digits = 0) {
	const show = (value) => (value / unit).toFixed(digits);
	return `${show(median)} (${show(min)}–${show(max)})`;
}
