import type {Answer, Block, Item, Verdict} from '../kernel/report.js';
import type {BreakSearch, Mix} from '../load/mix.js';
import type {ObjectiveVerdict} from '../load/objective.js';
import type {LoadDone} from '../load/open.js';
import type {LoadResult, OperationResult} from '../load/result.js';
import {countWords, msWords, shareWords} from '../load/words.js';
import {leftBlock, nextOf} from './db-load-finish.js';
import {VERDICT_EXITS, VERDICT_MARKS} from './verdicts.js';

export function mixAnswer(command: string, {answer: mix, ...place}: LoadDone<Mix>): Answer {
	const {result} = mix.run;
	// A database that stayed by accident is told, but says nothing of the server.
	const verdict: Verdict = mix.verdict === 'pass' && (result.total.failed > 0 || !place.isClean) ? 'warn' : mix.verdict;
	return {
		report: {
			command,
			verdict,
			exitCode: VERDICT_EXITS[verdict],
			...nextOf(place),
			data: {result, objectives: mix.objectives.map(objectiveData), ...place},
		},
		document: [
			{
				kind: 'title',
				text: `${headline(verdict)}: ${countWords(result.rate)} a second for ${msWords(result.measuredMs)}`,
				note: result.server,
			},
			...(result.generator.isTruthful
				? []
				: [{kind: 'text', text: `Not to be believed: ${result.generator.reason}.`} satisfies Block]),
			{kind: 'items', items: mix.objectives.map(objectiveItem)},
			operationsTable(result),
			...failuresBlock(result),
			factsOf(result),
			...leftBlock(place),
		],
		extra: {html: async () => (await import('../load/report/html.js')).mixHtml(mix, verdict)},
	};
}

export function breakAnswer(command: string, {answer: search, ...place}: LoadDone<BreakSearch>): Answer {
	const {found, trials} = search;
	const verdict: Verdict =
		found.from === null ? (found.to === null ? 'inconclusive' : 'fail') : found.to === null ? 'inconclusive' : 'pass';
	return {
		report: {
			command,
			verdict,
			exitCode: VERDICT_EXITS[verdict],
			...nextOf(place),
			data: {
				found,
				trials: trials.map(({rate, outcome, result, objectives}) => ({
					rate,
					outcome,
					result,
					objectives: objectives.map(objectiveData),
				})),
				...place,
			},
		},
		document: [
			{kind: 'title', text: breakWords(search), note: trials[0]?.result.server ?? ''},
			{
				kind: 'table',
				columns: [
					{header: 'a second', align: 'right'},
					{header: 'outcome'},
					{header: 'p50', align: 'right'},
					{header: 'p95', align: 'right'},
					{header: 'p99', align: 'right'},
					{header: 'failed', align: 'right'},
					{header: 'wait p95', align: 'right'},
				],
				rows: trials
					.toSorted((a, b) => a.rate - b.rate)
					.map(({rate, outcome, result: {total, wait, arrivals}}) => [
						countWords(rate),
						outcome,
						...timesOf(total.response, ['p50', 'p95', 'p99']),
						countWords(total.failed + arrivals.refused),
						wait === null ? '–' : msWords(wait.p95),
					]),
			},
			...leftBlock(place),
		],
		extra: {html: async () => (await import('../load/report/html.js')).breakHtml(search)},
	};
}

function breakWords({found: {from, to, reason}}: BreakSearch): string {
	const because = reason === undefined ? '' : ` (${reason})`;
	if (from === null && to === null) return `No rate could be judged${because}`;
	if (from === null) return `Even ${to} a second is too much${because}`;
	if (to === null) return `${countWords(from)} a second is kept; where it breaks was not found${because}`;
	return `Breaks between ${countWords(from)} and ${countWords(to)} a second${because}`;
}

function headline(verdict: Verdict): string {
	switch (verdict) {
		case 'pass':
			return 'Objectives kept';
		case 'warn':
			return 'Objectives kept, with failures';
		case 'fail':
			return 'Objectives broken';
		default:
			return 'Cannot tell';
	}
}

function objectiveItem({objective: {text}, verdict, total, bad, reason}: ObjectiveVerdict): Item {
	const share = total === 0 ? '' : `${countWords(bad)} of ${countWords(total)} were not (${shareWords(bad / total)})`;
	return {
		mark: VERDICT_MARKS[verdict],
		text,
		detail: [share, ...(reason === undefined ? [] : [reason])].filter(Boolean).join('; '),
	};
}

function objectiveData({objective, ...told}: ObjectiveVerdict): object {
	return {objective: objective.text, ...told};
}

function operationsTable(result: LoadResult): Block {
	const row = ({name, done, failed, response}: OperationResult) => [
		name,
		countWords(done),
		countWords(failed),
		...timesOf(response, ['p50', 'p95', 'p99', 'max']),
	];
	return {
		kind: 'table',
		heading: 'What customers waited, from the moment each operation was due',
		columns: [
			{header: 'operation'},
			...['done', 'failed', 'p50', 'p95', 'p99', 'max'].map((header) => ({header, align: 'right' as const})),
		],
		rows: [...result.operations.map(row), row(result.total)],
	};
}

function timesOf(
	percentiles: OperationResult['response'],
	which: readonly ('p50' | 'p95' | 'p99' | 'max')[],
): readonly string[] {
	return which.map((one) => (percentiles === null ? '–' : msWords(percentiles[one])));
}

function failuresBlock({failures, arrivals}: LoadResult): readonly Block[] {
	const items: Item[] = failures.map(({kind, count, example}) => ({
		mark: 'failed',
		text: `${countWords(count)} × ${kind}`,
		...(example === '' ? {} : {detail: cut(example)}),
	}));
	if (arrivals.refused > 0)
		items.push({
			mark: 'failed',
			text: `${countWords(arrivals.refused)} × not begun`,
			detail: `${countWords(arrivals.mostUnderWay)} were under way already`,
		});
	if (arrivals.warmUpFailed > 0)
		items.push({mark: 'warn', text: `${countWords(arrivals.warmUpFailed)} failed while it warmed up`});
	return items.length === 0 ? [] : [{kind: 'items', heading: 'Failed', items}];
}

function cut(text: string): string {
	const line = text.replaceAll(/\s+/g, ' ');
	return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

function factsOf(result: LoadResult): Block {
	const {wait, generator, connections, workers, maxPoolSize, documents, seed} = result;
	return {
		kind: 'facts',
		facts: [
			[
				'wait for a connection',
				wait === null ? 'none' : `p50 ${msWords(wait.p50)}, p95 ${msWords(wait.p95)}, most ${msWords(wait.max)}`,
			],
			['connections', `${workers} × ${maxPoolSize} at most; ${connections.created} made, ${connections.closed} closed`],
			['data', `${countWords(documents)} documents of seed ${seed}`],
			[
				'generator',
				`${(Math.floor(generator.punctual * 1000) / 10).toFixed(1)} % began within 5 ms of their time, ${generator.cpuMsPerOperation.toFixed(2)} ms of CPU each`,
			],
		],
	};
}
