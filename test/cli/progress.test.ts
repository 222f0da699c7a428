import {describe, expect, it} from 'vitest';
import type {CliHost} from '../../src/cli/host.js';
import {openProgress} from '../../src/cli/progress.js';
import type {GlobalFlags, OutputFormat} from '../../src/cli/session.js';
import type {HostEvent} from '../../src/kernel/host.js';
import {makeTestHost} from '../support/host.js';

const STEP = {type: 'step', name: 'tag', title: 'tag v1.2.0', index: 3, total: 12} as const;
const EVENTS: readonly HostEvent[] = [
	{type: 'log', level: 'info', message: 'Took the lease over'},
	{type: 'log', level: 'debug', message: '\u001b[32mgit push\u001b[0m with hunter22'},
	{...STEP, state: 'start'},
	{type: 'progress', done: 1_200_000, total: 2_400_000, unit: 'documents'},
	{...STEP, state: 'done', durationMs: 400, detail: 'dd476f0'},
	{...STEP, state: 'already', detail: 'hunter22'},
	{...STEP, state: 'failed', durationMs: 61_000},
	{...STEP, state: 'undone'},
	{type: 'log', level: 'warn', message: 'careful'},
];

/** What is on stderr after all events, in lines. */
async function linesOf({output = 'text', ...flags}: Partial<GlobalFlags> & {output?: OutputFormat} = {}) {
	const base = makeTestHost({now: () => 5, env: {}});
	base.addSecret('hunter22');
	let listener: ((event: HostEvent) => void) | undefined;
	const host = {
		...base,
		argv: [],
		listen: (next: typeof listener) => {
			listener = next;
		},
	} as unknown as CliHost;
	const all = {config: undefined, quiet: false, verbose: false, yes: false, ...flags, output};
	const progress = await openProgress(host, all);
	for (const event of EVENTS) listener?.(event);
	progress.close();
	expect(base.out).toEqual([]);
	return {lines: base.err.join('').trimEnd().split('\n'), isClosed: listener === undefined};
}

describe('progress in a pipe', () => {
	it('is a line for each step that has ended, without any escape code', async () => {
		const {lines, isClosed} = await linesOf();
		expect(lines).toEqual([
			'Took the lease over',
			'✔  3 tag v1.2.0                                  0.4 s   dd476f0',
			'✔  3 tag v1.2.0 (was done)                       ***',
			'✖  3 tag v1.2.0                                  1 min 1 s',
			'✔  3 tag v1.2.0: undone',
			'! careful',
		]);
		expect(isClosed).toBe(true);
	});

	it('says more when asked to, still without escape codes and secrets', async () => {
		const {lines} = await linesOf({verbose: true});
		expect(lines).toContain('  git push with ***');
		expect(lines.join('\n')).not.toContain('\u001b');
	});

	it('is silent when asked to be', async () => {
		expect((await linesOf({quiet: true})).lines).toEqual(['']);
	});

	it('is one JSON object a line under jsonl', async () => {
		const {lines} = await linesOf({output: 'jsonl'});
		expect(lines.map((line) => JSON.parse(line) as object)).toHaveLength(EVENTS.length);
		expect(JSON.parse(lines[3] ?? '')).toEqual({at: 5, ...EVENTS[3]});
		expect(lines.join('\n')).not.toContain('hunter22');
	});
});
