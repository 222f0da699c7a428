import {formatMoment} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block} from '../kernel/report.js';
import type {SloReport} from '../slo/report/make.js';
import {summaryOf, trendWords, worstWords} from '../slo/report/words.js';
import {minutesWords, percentOf} from '../slo/words.js';
import {sloBlocks} from './slo-answers.js';

/** A report is no gate: it says how it was, and ends with 0. `slo check` decides. */
export function sloReportAnswer(command: string, report: SloReport, html: string | undefined): Answer {
	const {service, fromMs, atMs, minutes, objectives, where} = report;
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {
				service,
				source: where,
				from: new Date(fromMs).toISOString(),
				at: new Date(atMs).toISOString(),
				...(html === undefined ? {} : {html}),
				objectives: objectives.map(({verdict, before, worst}) => ({
					name: verdict.name,
					state: verdict.state,
					good: verdict.good,
					total: verdict.total,
					ratio: verdict.ratio,
					budgetLeft: verdict.budget?.left ?? null,
					before,
					worst: worst.map((hour) => ({...hour, atMs: undefined, at: new Date(hour.atMs).toISOString()})),
				})),
			},
		},
		document: [
			{
				kind: 'title',
				text: `${service}, ${formatMoment(fromMs)} to ${formatMoment(atMs)}`,
				note: summaryOf(report).text,
			},
			{
				kind: 'table',
				columns: [
					{header: ''},
					{header: 'good', align: 'right'},
					{header: 'target', align: 'right'},
					{header: 'budget left', align: 'right'},
				],
				rows: objectives.map(({verdict: {name, ratio, target, budget}}) => [
					name,
					ratio === null ? '–' : percentOf(ratio),
					percentOf(target),
					budget === null ? '–' : budget.left < 0 ? 'overspent' : percentOf(budget.left),
				]),
			},
			...sloBlocks(objectives.map(({verdict}) => verdict)),
			...worstBlocks(report),
			{
				kind: 'items',
				heading: `Against the ${minutesWords(minutes)} before`,
				items: objectives.map((objective) => ({
					mark: 'none',
					text: objective.verdict.name,
					detail: trendWords(objective, minutes),
				})),
			},
			{kind: 'text', text: html === undefined ? `Counted by ${where}.` : `Counted by ${where}. With pictures: ${html}`},
		],
	};
}

function worstBlocks({objectives}: SloReport): Block[] {
	const items = objectives
		.filter(({worst}) => worst.length > 0)
		.map((objective) => ({mark: 'none' as const, text: objective.verdict.name, lines: worstWords(objective)}));
	return items.length === 0 ? [] : [{kind: 'items', heading: 'What ate the budget', items}];
}
