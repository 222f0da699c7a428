import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {request} from 'undici';
import {describe, expect, it} from 'vitest';
import {configSchema} from '../../../src/kernel/config/schema.js';
import {BURN_RULES, type BurnRule, judgeBurnRule} from '../../../src/slo/burn-alerts.js';
import type {Tally} from '../../../src/slo/objective.js';
import {makeFiles} from '../../../src/slo/rules/make-files.js';
import {WINDOWS, type WindowName} from '../../../src/slo/windows.js';
import {temporaryFolder} from '../../support/folder.js';
import {prometheusPath, servePrometheusBlocks} from '../../support/prometheus.js';
import {expanded, rulesIn} from '../../support/slo/expand.js';
import {LENGTH, openMetricsOf, PLENTY, SCARCE, type Stream, TARGET} from '../../support/slo/streams.js';
import {IS_FULL} from '../../support/sweep.js';

/** One that leaks, one that breaks, one that hardly says anything; all of them in a full run. */
const plenty = PLENTY.filter(({name}) => IS_FULL || ['slow_burn', 'outage', 'quiet_one'].includes(name));
const STREAMS = [...plenty, ...SCARCE];
const START = Date.UTC(2026, 0, 1) / 1000;
const STEP_MINUTES = 10;
const MOMENTS = Array.from({length: LENGTH / STEP_MINUTES}, (_, index) => (index + 1) * STEP_MINUTES);

/** Good and total events from the start to each minute. */
function runningTally({eventsOf}: Stream): (minute: number) => Tally {
	const sums: Tally[] = [{good: 0, total: 0}];
	for (let at = 0; at < LENGTH; at++) {
		const {good, bad} = eventsOf(at);
		const {good: before, total} = sums[at] as Tally;
		sums.push({good: before + good, total: total + good + bad});
	}
	return (minute) => sums[Math.max(0, minute)] as Tally;
}

/** Minutes from the start at which a rule fires by the exact judgement. */
function ours(stream: Stream, rule: BurnRule): Set<number> {
	const until = runningTally(stream);
	return new Set(
		MOMENTS.filter((moment) => {
			const windows = Object.fromEntries(
				WINDOWS.map(({name, minutes}) => {
					const [now, before] = [until(moment), until(moment - minutes)];
					return [name, {good: now.good - before.good, total: now.total - before.total}];
				}),
			) as Record<WindowName, Tally>;
			return judgeBurnRule(rule, {target: TARGET, windows, coveredMinutes: moment}) === 'firing';
		}),
	);
}

/** The same by Prometheus. */
async function theirs(url: string, expr: string): Promise<Set<number>> {
	const [start, end] = [MOMENTS[0] ?? 0, MOMENTS.at(-1) ?? 0].map((minute) => String(START + minute * 60));
	const form = new URLSearchParams({query: expr, start: start ?? '', end: end ?? '', step: String(STEP_MINUTES * 60)});
	const answer = await request(`${url}/api/v1/query_range`, {
		method: 'POST',
		headers: {'content-type': 'application/x-www-form-urlencoded'},
		body: form.toString(),
	});
	const {data, error} = (await answer.body.json()) as {data?: {result: {values: [number, string][]}[]}; error?: string};
	if (data === undefined) throw new Error(`${error}: ${expr}`);
	return new Set(data.result.flatMap(({values}) => values.map(([seconds]) => (seconds - START) / 60)));
}

/** What a rule's verdicts are, in moments. */
type Row = {
	readonly both: number;
	readonly onlyOurs: number;
	readonly onlyTheirs: number;
	/** By the two ratios alone, as rules are usually generated. */
	readonly withoutGuard: number;
};

const config = configSchema.parse({
	slo: {
		objectives: STREAMS.map(({name}) => ({
			name,
			kind: 'ratio',
			target: TARGET * 100,
			bad: `events_total{stream="${name}",outcome="bad"}`,
			total: `events_total{stream="${name}"}`,
		})),
	},
});

describe.skipIf(prometheusPath() === undefined)('a real Prometheus that was told the same events', () => {
	it('comes to the same verdicts, apart from what it cannot know', {timeout: 240_000}, async () => {
		const folder = await temporaryFolder();
		await writeFile(join(folder, 'events.om'), openMetricsOf(STREAMS, START));
		await promisify(execFile)('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', 'events.om', 'data'], {
			cwd: folder,
			maxBuffer: 10_000_000,
		});
		const url = await servePrometheusBlocks(folder);
		const rules = rulesIn(makeFiles(['rules'], config)[0]?.text ?? '');
		const rowsOf = async (stream: Stream): Promise<Record<string, Row>> => {
			const rows: Record<string, Row> = {};
			for (const rule of BURN_RULES) {
				const alert = rules.find(
					({alert, labels}) =>
						alert === 'SloBudgetBurn' && labels['slo'] === stream.name && labels['long_window'] === rule.long,
				);
				const [expr, plain] = [alert?.expr ?? '', alert?.expr.split('\nand\n').slice(0, 2).join('\nand\n') ?? ''];
				const their = await theirs(url, expanded(expr, stream.name, rules));
				const unguarded = await theirs(url, expanded(plain, stream.name, rules));
				const our = ours(stream, rule);
				const both = [...our].filter((moment) => their.has(moment)).length;
				rows[rule.long] = {
					both,
					onlyOurs: our.size - both,
					onlyTheirs: their.size - both,
					withoutGuard: unguarded.size,
				};
			}
			return rows;
		};
		let fired = 0;
		for (const stream of plenty) {
			const rows = await rowsOf(stream);
			for (const [rule, row] of Object.entries(rows))
				expect(row, `${stream.name}, ${rule}`).toMatchObject({onlyOurs: 0, onlyTheirs: 0});
			fired += Object.values(rows).reduce((sum, {both}) => sum + both, 0);
			// What the guard is for: one failure would call somebody.
			if (stream.name === 'quiet_one') expect(rows['1h']).toMatchObject({both: 0, withoutGuard: 1});
			say(stream, rows);
		}
		expect(fired).toBeGreaterThan(400);
		const [first, young] = [await rowsOf(SCARCE[0] as Stream), await rowsOf(SCARCE[1] as Stream)];
		// The series of failures begins at 1: Prometheus has seen two of the three.
		expect(first['1h']).toMatchObject({both: 0, onlyOurs: 1, onlyTheirs: 0});
		// Of an hour that has not passed we say nothing, and of a day neither does.
		expect(young['1h']).toMatchObject({both: 0, onlyOurs: 0, onlyTheirs: 2});
		expect(young['1d']).toMatchObject({onlyOurs: 0, onlyTheirs: 0});
		for (const [index, rows] of [first, young].entries()) say(SCARCE[index] as Stream, rows);
	});
});

/** The table of docs/slo-prometheus.md, when it is asked for. */
function say({what}: Stream, rows: Record<string, Row>): void {
	if (process.env['SASTAOPS_TEST_TABLE'] !== '1') return;
	const cells = Object.values(rows).map(
		(row) => `${row.both} / ${row.onlyOurs} / ${row.onlyTheirs} / ${row.withoutGuard}`,
	);
	process.stderr.write(`| ${[what, ...cells].join(' | ')} |\n`);
}
