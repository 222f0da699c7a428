import type {Answer, Block, Verdict} from '../kernel/report.js';
import {liveOf} from '../load/live.js';
import {type LoadDone, withLoad} from '../load/open.js';
import type {PoolAdvice, PoolStep} from '../load/pool/recommend.js';
import {type PoolReport, runPool} from '../load/pool/run.js';
import {countWords, msWords} from '../load/words.js';
import type {PoolFlags} from './db-load.js';
import {leftBlock, nextOf, writePage} from './db-load-finish.js';
import {choiceOf, driverOptionsOf, planOf} from './db-load-options.js';
import type {Session} from './session.js';
import {VERDICT_EXITS} from './verdicts.js';

export async function runPoolCommand(session: Session, flags: PoolFlags): Promise<Answer> {
	const {host} = session;
	const rates = [...new Set(flags.rates ?? [flags.rate])].toSorted((a, b) => a - b);
	const poolSizes = [...new Set(flags.poolSizes)].toSorted((a, b) => a - b);
	const choice = choiceOf(flags, session, {rate: Math.max(...rates)});
	const done = await withLoad(choice, await session.loadConfig(), host, (load) =>
		runPool(
			load,
			{
				plan: planOf(flags),
				rates,
				poolSizes,
				workers: flags.workers,
				options: driverOptionsOf(flags),
				onLook: (look) => host.emit(liveOf(look, [])),
			},
			host,
		),
	);
	const answer = poolAnswer(session.command, done);
	await writePage(flags.html, answer, host);
	return answer;
}

export function poolAnswer(command: string, {answer: report, ...place}: LoadDone<PoolReport>): Answer {
	const verdict = verdictOf(report, place.isClean);
	return {
		report: {command, verdict, exitCode: VERDICT_EXITS[verdict], ...nextOf(place), data: {...report, ...place}},
		document: [
			{kind: 'title', text: 'Pool size against wait', note: report.steps[0]?.result.server ?? ''},
			...report.advice.flatMap((advice) => [
				stepsTable(
					report.steps.filter(({rate}) => rate === advice.rate),
					advice.rate,
				),
				...adviceBlocks(advice, report.workers),
			]),
			...leftBlock(place),
		],
		extra: {html: async () => (await import('../load/report/pool-html.js')).poolHtml(report)},
	};
}

function verdictOf({advice}: PoolReport, isClean: boolean): Exclude<Verdict, 'skip'> {
	if (advice.every(({poolSize}) => poolSize === null)) return 'inconclusive';
	return isClean && advice.every(({poolSize}) => poolSize !== null) ? 'pass' : 'warn';
}

function stepsTable(steps: readonly PoolStep[], rate: number): Block {
	const longest = Math.max(...steps.map(({result}) => result.wait?.p95 ?? 0));
	return {
		kind: 'table',
		heading: `${countWords(rate)} operations a second`,
		columns: [
			{header: 'maxPoolSize', align: 'right'},
			{header: 'wait p95', align: 'right'},
			{header: ''},
			{header: 'server p95', align: 'right'},
			{header: 'total p95', align: 'right'},
			{header: 'failed', align: 'right'},
			{header: 'made', align: 'right'},
		],
		rows: steps.map(({poolSize, result: {wait, serverTime, total, arrivals, connections, generator}}) => [
			`${poolSize}${generator.isTruthful ? '' : ' ?'}`,
			wait === null ? '–' : msWords(wait.p95),
			bar((wait?.p95 ?? 0) / Math.max(1, longest)),
			serverTime === null ? '–' : msWords(serverTime.p95),
			total.response === null ? '–' : msWords(total.response.p95),
			countWords(total.failed + arrivals.refused),
			countWords(connections.created),
		]),
	};
}

const BAR = 10;

/** So many blocks of ten; a thin one for what is little but there. */
function bar(share: number): string {
	const blocks = Math.round(share * BAR);
	return blocks === 0 ? (share > 0 ? '▏' : '') : '█'.repeat(blocks);
}

function adviceBlocks({poolSize, reason, settings}: PoolAdvice, workers: number): Block[] {
	if (poolSize === null) return [{kind: 'text', text: `No size can be recommended: ${reason}.`}];
	return [
		{
			kind: 'text',
			text: `Use maxPoolSize ${poolSize} for this load: ${reason} (${workers} × ${poolSize} = ${workers * poolSize} of the server’s).`,
		},
		{kind: 'facts', facts: settings.map(({name, value, reason: why}) => [`${name}=${value}`, why] as const)},
	];
}
