import {hostsOf, isAtlas} from '../database/address.js';
import type {CheckResult} from '../database/check.js';
import {type DatabaseFinding, outcomeOf} from '../database/finding.js';
import {someOf} from '../database/some-of.js';
import {formatDuration} from '../kernel/duration.js';
import type {Answer, Block, Item, Verdict} from '../kernel/report.js';
import {VERDICT_EXITS, VERDICT_MARKS} from './verdicts.js';
import {wrap} from './wrap.js';

/** The worst first; what is well comes last. */
const ORDER: readonly Verdict[] = ['fail', 'inconclusive', 'warn', 'skip', 'pass'];

const WORDS: Readonly<Record<Exclude<Verdict, 'skip'>, string>> = {
	pass: 'ready',
	warn: 'ready, with warnings',
	fail: 'not ready',
	inconclusive: 'cannot tell',
};

/** Evidence is listed whole in JSON; a screen is no log. */
const SHOWN_LINES = 8;

export function databaseAnswer(
	command: string,
	results: readonly CheckResult[],
	about: {readonly uri: string; readonly database: string; readonly isStrict: boolean; readonly tookMs: number},
): Answer {
	const told = results.flatMap(({id, findings}) => findings.map((finding) => ({...finding, id})));
	const outcome = outcomeOf(told, about.isStrict);
	const sorted = ORDER.flatMap((verdict) => told.filter((finding) => finding.verdict === verdict));
	const next = sorted.flatMap(({mend = []}) => mend).find((line) => line.startsWith('sastaops '));
	const counts = Object.fromEntries(
		ORDER.map((verdict) => [verdict, told.filter((finding) => finding.verdict === verdict).length]),
	) as Record<Verdict, number>;
	return {
		report: {
			command,
			verdict: outcome,
			exitCode: VERDICT_EXITS[outcome],
			...(next === undefined ? {} : {next}),
			data: {
				database: about.database,
				hosts: hostsOf(about.uri),
				isAtlas: isAtlas(about.uri),
				summary: counts,
				checks: results.map(({id, title, verdict, findings}) => ({id, title, verdict, findings})),
			},
		},
		document: [
			{
				kind: 'title',
				text: `${about.database} at ${someOf(hostsOf(about.uri), 1)}: ${WORDS[outcome]}`,
			},
			{kind: 'items', items: sorted.map(itemOf)},
			...nextBlock(next),
			{
				kind: 'text',
				text: `${countWords(counts)}; ${formatDuration(about.tookMs)}. Exit ${VERDICT_EXITS[outcome]}.`,
			},
		],
	};
}

function countWords(counts: Record<Verdict, number>): string {
	const names = {fail: 'failed', inconclusive: 'cannot tell', warn: 'warned', skip: 'not told', pass: 'well'};
	return ORDER.filter((verdict) => counts[verdict] > 0)
		.map((verdict) => `${counts[verdict]} ${names[verdict]}`)
		.join(', ');
}

function itemOf({id, verdict, reason, evidence = [], mend = []}: DatabaseFinding & {readonly id: string}): Item {
	const [first = '', ...rest] = wrap(reason, 76 - ID_WIDTH);
	const shown = evidence.length > SHOWN_LINES ? evidence.slice(0, SHOWN_LINES - 1) : evidence;
	return {
		mark: VERDICT_MARKS[verdict],
		text: `${id.padEnd(ID_WIDTH)}${first}`,
		lines: [
			...rest.map((line) => `${' '.repeat(ID_WIDTH - 2)}${line}`),
			...(verdict === 'pass' ? [] : shown.flatMap((line) => wrap(line, 72).map((part) => `  ${part}`))),
			...(shown.length < evidence.length && verdict !== 'pass'
				? [`  and ${evidence.length - shown.length} more: --json has all`]
				: []),
			...mend.flatMap(mendLines),
		],
	};
}

/** As wide as the longest id, and two blanks. */
const ID_WIDTH = 15;

/** A command stays in one piece, to be copied. */
function mendLines(line: string): string[] {
	const isCommand = /^(?:sastaops|db)[. ]/.test(line);
	const [first = '', ...rest] = isCommand ? [line] : wrap(line, 65);
	return [`  mend   ${first}`, ...rest.map((part) => `         ${part}`)];
}

function nextBlock(next: string | undefined): Block[] {
	return next === undefined ? [] : [{kind: 'next', steps: [{label: 'Next', command: next}]}];
}
