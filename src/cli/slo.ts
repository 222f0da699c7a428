import {type Command, InvalidArgumentError, Option} from 'commander';
import {parseDuration} from '../kernel/duration.js';
import type {FailOn} from '../slo/check.js';
import type {Actions} from './session.js';
import {addSloInit} from './slo-init.js';
import {addSloRules} from './slo-rules.js';

type SourceFlags = {url?: string; prometheus?: string; from?: string};

type CheckFlags = SourceFlags & {objective?: string[]; window?: number; at?: number; failOn: FailOn};

export function addSlo(program: Command, actions: Actions): void {
	const slo = program
		.command('slo')
		.helpGroup('Watch:')
		.description('Check what the shop promises: objectives, error budgets, burn rates');

	addSource(
		slo
			.command('check')
			.description('Judge every objective by what was counted, with "not enough data" as an answer')
			.option('--objective <name...>', 'only these')
			.option('--window <time>', 'what is judged, such as 1h or 7d; the budget’s period without it', parseWindow)
			.option('--at <moment>', 'judge a past moment, such as 2026-11-24T18:00:00Z', parseMoment)
			.addOption(failOnOption())
			.addHelpText(
				'after',
				'\nExamples:\n  sastaops slo check --url https://shop.example\n  sastaops slo check --prometheus http://localhost:9090 --window 1h\n  sastaops slo check --objective checkout_success --fail-on breach --json',
			),
	).action(
		actions.run(async (session, flags: CheckFlags) => {
			const [{checkSlo}, {sloCheckAnswer}] = await Promise.all([import('../slo/check.js'), import('./slo-answers.js')]);
			const check = await checkSlo(
				{
					loaded: await session.loadConfig(),
					source: sourceOf(flags),
					only: flags.objective ?? [],
					windowMinutes: flags.window,
					atMs: flags.at,
					failOn: flags.failOn,
				},
				session.host,
			);
			return sloCheckAnswer(session.command, check);
		}),
	);
	addWatch(slo, actions);
	addReport(slo, actions);
	addSloRules(slo, actions);
	addSloInit(slo, actions);
}

type WatchFlags = SourceFlags & {for: number; every: number; new?: boolean; failOn: FailOn};

function addWatch(slo: Command, actions: Actions): void {
	addSource(
		slo
			.command('watch')
			.description('Look again and again, such as in the days after a launch, and tell what changes')
			.option('--for <time>', 'how long', parseLong, 48 * 3_600_000)
			.option('--every <time>', 'between two looks', parseLong, 30_000)
			.option('--new', 'begin anew where an earlier watch was interrupted')
			.addOption(failOnOption())
			.addHelpText(
				'after',
				'\nExamples:\n  sastaops slo watch --for 48h\n  sastaops slo watch --url https://shop.example --for 2h --every 15s --output jsonl',
			),
	).action(
		actions.run(async (session, flags: WatchFlags) => {
			const [{watchSlo}, {openRunAlerts}, {sloWatchAnswer}] = await Promise.all([
				import('../slo/watch/watch.js'),
				import('../alert/places.js'),
				import('./slo-answers.js'),
			]);
			const loaded = await session.loadConfig();
			const result = await watchSlo(
				{
					loaded,
					alerts: openRunAlerts({...loaded, state: undefined}, session.host),
					source: sourceOf(flags),
					forMs: flags.for,
					everyMs: flags.every,
					failOn: flags.failOn,
					isNew: flags.new === true,
				},
				session.host,
			);
			return sloWatchAnswer(session.command, result);
		}),
	);
}

type ReportFlags = SourceFlags & {window?: number; at?: number; html?: string};

function addReport(slo: Command, actions: Actions): void {
	addSource(
		slo
			.command('report')
			.description('How a period was: verdicts, when the budget went, the worst hours, the trend')
			.option('--window <time>', 'the period, such as 7d; the budget’s without it', parseWindow)
			.option('--at <moment>', 'the end of the period, such as 2026-11-24T18:00:00Z', parseMoment)
			.option('--html <file>', 'also write a page with pictures')
			.addHelpText(
				'after',
				'\nExamples:\n  sastaops slo report --output markdown\n  sastaops slo report --prometheus http://localhost:9090 --window 7d --html slo.html',
			),
	).action(
		actions.run(async (session, flags: ReportFlags) => {
			const [{readReport}, {sloReportAnswer}] = await Promise.all([
				import('../slo/report/read.js'),
				import('./slo-report.js'),
			]);
			const report = await readReport(
				{
					loaded: await session.loadConfig(),
					source: sourceOf(flags),
					windowMinutes: flags.window,
					atMs: flags.at,
					html: flags.html,
				},
				session.host,
			);
			return sloReportAnswer(session.command, report, flags.html);
		}),
	);
}

/** As `FAIL_ON` has them, which help must not load a room for. */
const FAIL_ON_CHOICES: readonly FailOn[] = ['breach', 'burn', 'warning', 'never'];

function failOnOption(): Option {
	return new Option('--fail-on <what>', 'what makes the answer no; each includes those before it')
		.choices(FAIL_ON_CHOICES)
		.default('burn' satisfies FailOn);
}

/** Where the numbers come from: at most one of three. */
function addSource(command: Command): Command {
	return command
		.addOption(
			new Option('--url <url>', 'the shop, or a metrics page; shop.url without it').conflicts(['prometheus', 'from']),
		)
		.addOption(new Option('--prometheus <url>', 'a Prometheus server to ask').conflicts(['url', 'from']))
		.addOption(new Option('--from <file>', 'a saved report of the shop, or kept readings').conflicts(['url']));
}

function sourceOf({url, prometheus, from}: SourceFlags) {
	return {url, prometheus, file: from};
}

/** In minutes. */
function parseWindow(text: string): number {
	const ms = parseDuration(text);
	if (ms === undefined || ms < 60_000 || ms > 90 * 86_400_000)
		throw new InvalidArgumentError('It must be a time from 1m to 90d, such as 30m, 6h or 7d.');
	return ms / 60_000;
}

/** In milliseconds. */
function parseLong(text: string): number {
	const ms = parseDuration(text);
	if (ms === undefined || ms < 1000 || ms > 30 * 86_400_000)
		throw new InvalidArgumentError('It must be a time from 1s to 30d, such as 30s, 2h or 48h.');
	return ms;
}

function parseMoment(text: string): number {
	const ms = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
		? Date.parse(text)
		: Number.NaN;
	if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be such as 2026-11-24T18:00:00Z.');
	return ms;
}
