import type {Answer, Block, Item} from '../kernel/report.js';
import type {Judged, TimeoutsReport} from '../load/timeouts/report.js';
import type {Outcome, Seen} from '../load/timeouts/seen.js';
import {msWords} from '../load/words.js';
import {leftBlock, nextOf} from './db-load-finish.js';
import {VERDICT_EXITS, VERDICT_MARKS} from './verdicts.js';

export function timeoutsAnswer(command: string, report: TimeoutsReport): Answer {
	const {verdict, ...data} = report;
	return {
		report: {command, verdict, exitCode: VERDICT_EXITS[verdict], ...nextOf(report), data},
		document: [
			{kind: 'title', text: headline(report), note: `${report.server}, driver ${report.driver}`},
			seenTable(report),
			{kind: 'items', heading: 'What it means', items: report.scenarios.map(meaning)},
			optionsTable(report),
			...adviceBlocks(report),
			{kind: 'text', text: discovery(report.replicaSet)},
			...leftBlock(report),
		],
	};
}

function headline({verdict, scenarios, options}: TimeoutsReport): string {
	const failed = [...scenarios, ...options].filter((one) => one.verdict === 'fail').length;
	switch (verdict) {
		case 'fail':
			return `Timeouts: ${failed} ${failed === 1 ? 'finding' : 'findings'} that wait for ever or leak`;
		case 'warn':
			return 'Timeouts: nothing waits for ever, with warnings';
		case 'pass':
			return 'Timeouts: everything ends in time';
		case 'inconclusive':
			return 'Timeouts: nothing could be tried';
		default:
			return verdict satisfies never;
	}
}

function seenTable({scenarios}: TimeoutsReport): Block {
	return {
		kind: 'table',
		columns: [
			{header: 'scenario'},
			{header: 'what the shop sees'},
			{header: 'after', align: 'right'},
			{header: 'tries', align: 'right'},
			{header: 'leaked', align: 'right'},
			{header: 'verdict'},
		],
		rows: scenarios.map((one) =>
			'why' in one
				? [one.scenario, 'not tried', '–', '–', '–', '?']
				: [
						one.scenario,
						outcomeWords(one.outcome),
						msWords(one.afterMs),
						String(one.tries),
						String(one.connections.leftOpen + one.connections.notReturned),
						one.verdict,
					],
		),
	};
}

function outcomeWords(outcome: Outcome): string {
	switch (outcome.kind) {
		case 'ok':
			return 'an answer';
		case 'waiting':
			return 'nothing: still waiting';
		case 'error':
			return outcome.error.name;
		default:
			return outcome satisfies never;
	}
}

function meaning(one: Judged): Item {
	const text = `${one.scenario}: ${one.title}`;
	const lines = 'why' in one ? [one.reason] : [one.reason, ...detailLines(one)];
	return {mark: VERDICT_MARKS[one.verdict], text, lines: lines.flatMap((line) => wrap(line, WIDTH - 6))};
}

function detailLines({outcome, recoveredMs, reconnectedMs}: Seen): string[] {
	const lines: string[] = [];
	if (outcome.kind === 'error') {
		const {message, codeName, labels, reason} = outcome.error;
		const facts = [codeName, ...labels, reason].filter((fact) => fact !== undefined && fact !== message);
		lines.push(`${message}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`);
	}
	if (typeof recoveredMs === 'number') lines.push(`the next operation succeeds after ${msWords(recoveredMs)}`);
	if (typeof reconnectedMs === 'number') lines.push(`after connect() it works within ${msWords(reconnectedMs)}`);
	return lines;
}

function optionsTable({options}: TimeoutsReport): Block {
	return {
		kind: 'table',
		heading: 'Configured against observed',
		columns: [{header: 'option'}, {header: 'configured', align: 'right'}, {header: 'observed'}, {header: 'verdict'}],
		rows: options.map(({name, value, origin, observed, verdict}) => [
			name,
			value === null ? '–' : `${value}${origin === 'default' ? ' *' : ''}`,
			observed,
			verdict === 'inconclusive' ? '?' : verdict,
		]),
	};
}

const WIDTH = 80;

function adviceBlocks({advice}: TimeoutsReport): Block[] {
	const {maxTimeMS} = advice.perOperation;
	return [
		{kind: 'text', text: '* by the driver: the shop does not say it'},
		{
			kind: 'items',
			heading: 'Recommended',
			items: advice.options.map(({name, value, isKept, reason}) => ({
				mark: isKept ? 'done' : 'pending',
				text: `${name}=${value}${isKept ? ' (as it is)' : ''}`,
				lines: wrap(reason, WIDTH - 6),
			})),
		},
		{
			kind: 'items',
			heading: 'In the address, or in new MongoClient(uri, options)',
			items: [
				{mark: 'none', text: 'address', lines: advice.uri.split(/(?=&)/)},
				{mark: 'none', text: 'options', lines: objectLines(advice.driver)},
				{mark: 'none', text: 'each operation', lines: [`{maxTimeMS: ${maxTimeMS}}`]},
			],
		},
	];
}

function objectLines(driver: Readonly<Record<string, number>>): string[] {
	return ['{', ...Object.entries(driver).map(([name, value]) => `  ${name}: ${value},`), '}'];
}

function discovery(replicaSet: string | undefined): string {
	const what = 'Each client went through a proxy of ours to one server (directConnection).';
	const set = `A shop that names the set ${replicaSet} finds its members by their own names, past any proxy, and goes on with another member when one is lost; how long it waits is the same.`;
	return wrap(replicaSet === undefined ? what : `${what} ${set}`, WIDTH).join('\n');
}

/** Words on lines of at most so many characters. */
function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	for (const word of text.split(' ')) {
		const last = lines.at(-1);
		if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}
	return lines;
}
