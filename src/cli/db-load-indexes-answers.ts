import type {Answer, Block, Item} from '../kernel/report.js';
import type {BuildEffect, Phase} from '../load/indexes/build.js';
import {effectOf, type Finding, findingsOf, judgeBuild, unmeasured, verdictOfAll} from '../load/indexes/judge.js';
import {examinedPerReturned, type PlanFacts, scans} from '../load/indexes/plan.js';
import type {IndexesReport, IndexReport, QueryReport} from '../load/indexes/report.js';
import type {LoadDone} from '../load/open.js';
import {countWords, msWords} from '../load/words.js';
import {leftBlock, nextOf} from './db-load-finish.js';
import {VERDICT_EXITS, VERDICT_MARKS} from './verdicts.js';

export function indexesAnswer(command: string, {answer: report, ...place}: LoadDone<IndexesReport>): Answer {
	const found = verdictOfAll(findingsOf(report));
	const verdict = found === 'pass' && !place.isClean ? 'warn' : found;
	return {
		report: {
			command,
			verdict,
			exitCode: VERDICT_EXITS[verdict],
			...nextOf(place),
			data: {...report, ...(report.build === null ? {} : {buildFinding: judgeBuild(report.build)}), ...place},
		},
		document: [
			{kind: 'title', text: headline(report), note: report.server},
			queriesTable(report),
			{
				kind: 'items',
				heading: 'Queries',
				items: [...report.queries.flatMap(queryItems), ...unseenItem(report)],
			},
			...indexBlocks(report),
			...buildBlocks(report.build),
			...leftBlock(place),
		],
	};
}

function headline({queries}: IndexesReport): string {
	const isUnserved = ({finding, plan}: QueryReport) => finding.verdict === 'fail' || (plan !== null && scans(plan));
	const bad = queries.filter(isUnserved).map(({operation}) => operation);
	const unknown = queries.filter(({finding}) => finding.verdict === 'inconclusive').map(({operation}) => operation);
	if (bad.length > 0) return cut(`Without an index that serves it: ${bad.join(', ')}`, 50);
	if (unknown.length > 0) return cut(`Cannot tell of: ${unknown.join(', ')}`, 50);
	return queries.length === 0 ? 'No operation has a query to look at' : 'Every query is served by an index';
}

function queriesTable({queries, samples, documents}: IndexesReport): Block {
	const right = (header: string) => ({header, align: 'right' as const});
	return {
		kind: 'table',
		heading: `With its index, and without, ${countWords(samples)} times each; ${countWords(documents)} documents`,
		columns: [
			{header: 'query'},
			right('examined'),
			right('without'),
			right('p95'),
			right('without'),
			right('slower by'),
			{header: '95 % sure'},
		],
		rows: queries.map(({operation, plan, planWithout, times, alone}) => [
			cut(operation, 16),
			examinedWords(plan),
			examinedWords(planWithout),
			times === null ? (alone === null ? '–' : msWords(alone.p95)) : msWords(times.with.p95),
			times === null ? '–' : msWords(times.without.p95),
			times?.ratio === undefined ? '–' : `× ${ratioWords(times.ratio.median)}`,
			times?.ratio === undefined ? '' : `${ratioWords(times.ratio.low)} … ${ratioWords(times.ratio.high)}`,
		]),
	};
}

/** Documents for each returned. */
function examinedWords(plan: PlanFacts | null): string {
	if (plan === null || plan.work === null) return '–';
	const examined = examinedPerReturned(plan.work);
	return examined < 10 ? examined.toFixed(1) : countWords(examined);
}

function ratioWords(ratio: number): string {
	return ratio < 10 ? ratio.toFixed(ratio < 2 ? 2 : 1) : countWords(ratio);
}

function itemOf({verdict, text, mend = []}: Finding, name?: string): Item {
	return told(VERDICT_MARKS[verdict], name === undefined ? text : `${name}: ${text}`, mend);
}

/** As many lines as it takes: what a server says may be long. */
function told(mark: Item['mark'], text: string, more: readonly string[] = []): Item {
	const [first = '', ...rest] = wrapped(text, 74);
	return {mark, text: first, ...(rest.length + more.length === 0 ? {} : {lines: [...rest, ...more]})};
}

function wrapped(text: string, width: number): string[] {
	const lines: string[] = [];
	for (const word of text.split(/\s+/)) {
		const last = lines.at(-1);
		if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
		else lines[lines.length - 1] = `${last} ${word}`;
	}
	return lines;
}

function queryItems({operation, finding, reason}: QueryReport): readonly Item[] {
	const item = itemOf(finding, operation);
	return reason === undefined ? [item] : [item, itemOf(unmeasured(`not measured: ${reason}`), operation)];
}

function unseenItem({unseen}: IndexesReport): readonly Item[] {
	if (unseen.length === 0) return [];
	return [told('none', `not looked at, since they have no query of their own: ${unseen.join(', ')}`)];
}

function indexBlocks({indexes}: IndexesReport): readonly Block[] {
	if (indexes.length === 0) return [];
	return [
		{
			kind: 'table',
			heading: 'What each index costs',
			columns: [
				{header: 'index'},
				{header: 'insert takes', align: 'right'},
				{header: 'longer by', align: 'right'},
				{header: '95 % sure'},
			],
			rows: indexes.map(({collection, name, writes}) => [cut(`${collection}.${name}`, 30), ...writeWords(writes)]),
		},
		{
			kind: 'items',
			items: [
				...indexes.map(({collection, finding}) => itemOf(finding, collection)),
				...indexes.flatMap(({name, writes}) =>
					writes?.kind === 'untried' ? [itemOf(unmeasured(`insert not measured: ${writes.reason}`), name)] : [],
				),
			],
		},
		{kind: 'items', heading: 'Taking one away', items: removalItems(indexes)},
	];
}

function writeWords(writes: IndexReport['writes']): readonly string[] {
	if (writes?.kind !== 'measured') return ['–', '–', ''];
	const {withUs, addedUs} = writes;
	if (addedUs === undefined) return [usWords(withUs), '–', ''];
	const {median, low, high} = addedUs;
	const isSure = effectOf(addedUs, 0) !== 'unclear';
	return [usWords(withUs), isSure ? usWords(median) : 'unclear', `${signedWords(low)} … ${usWords(high)}`];
}

function usWords(us: number): string {
	return `${signedWords(us)} µs`;
}

function signedWords(count: number): string {
	return `${count < 0 ? '−' : ''}${countWords(Math.abs(count))}`;
}

/** Servers answer alike for every index: told once for each way they do. */
function removalItems(indexes: readonly IndexReport[]): readonly Item[] {
	const texts = new Set<string>();
	for (const {removal} of indexes) {
		texts.add(`A query that hints a dropped index ${answerWords(removal.dropped)}`);
		texts.add(
			removal.hidden.kind === 'hidden'
				? `One that hints a hidden index ${answerWords(removal.hidden.hint)}`
				: `Hiding was not tried here: ${removal.hidden.reason}`,
		);
	}
	return [
		...[...texts].map((text) => told('none', text)),
		told(
			'none',
			'So hide an index first (MongoDB 4.4 and later): nothing goes by it any more, and it is there again at once',
			['db.<collection>.hideIndex("<name>")', 'and when nothing got slower: db.<collection>.dropIndex("<name>")'],
		),
	];
}

function answerWords(answer: IndexReport['removal']['dropped']): string {
	if (answer.kind === 'answered') return 'is answered all the same';
	return `fails: ${answer.name}${answer.code === undefined ? '' : ` (${answer.code})`}`;
}

function buildBlocks(build: BuildEffect | null): readonly Block[] {
	if (build === null) return [];
	const item: Block = {kind: 'items', heading: 'Building one under a load', items: [itemOf(judgeBuild(build))]};
	if (build.kind === 'untried') return [item];
	const {collection, index, documents, buildMs, sizeBytes, operations} = build;
	return [
		item,
		{
			kind: 'facts',
			facts: [
				['index', `${collection}.${index} of ${countWords(documents)} documents`],
				['built in', `${msWords(buildMs)}${sizeBytes === null ? '' : `; ${countWords(sizeBytes / 1024)} KiB`}`],
				['before', phaseWords(build.before)],
				['during', phaseWords(build.during)],
				['after', phaseWords(build.after)],
				['load', cut(operations.join(', '), 60)],
			],
		},
	];
}

function phaseWords(phase: Phase | null): string {
	if (phase === null) return '–';
	const {p50Ms, p95Ms, count, seconds} = phase;
	return `p50 ${msWords(p50Ms)}, p95 ${msWords(p95Ms)}; ${countWords(count)} answers in ${seconds.toFixed(1)} s`;
}

function cut(text: string, width: number): string {
	const line = text.replaceAll(/\s+/g, ' ');
	return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
