import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block, Item} from '../kernel/report.js';
import type {CheckResult} from '../release/checks/check.js';
import type {CreateResult} from '../release/create.js';
import {describeOmissions, describePlan} from '../release/describe-plan.js';
import type {RunResult} from '../release/finish.js';
import type {ReleasePlan} from '../release/plan.js';
import type {ResumeResult} from '../release/resume.js';
import {canaryResultAnswer} from './canary-answers.js';
import {rolledBackAnswer} from './rollback-answers.js';

/** A plan as people read it: where from, what was checked, each step with its way back, what is left out. */
export function planBlocks(plan: ReleasePlan, checks: readonly CheckResult[]): Block[] {
	const commits = plan.commits === 1 ? '1 commit' : `${plan.commits} commits`;
	const from = plan.previous ? `from ${plan.previous.tag}, ${commits}` : `the first release, ${commits}`;
	const lines = describePlan(plan);
	return [
		{
			kind: 'title',
			text: `Release ${plan.version} of ${plan.shop} to ${plan.environment}`,
			note: `${from}, ${plan.branch} @ ${plan.commit.slice(0, 7)}`,
		},
		checkBlock(checks),
		{
			kind: 'table',
			heading: 'Plan',
			columns: [{header: '', align: 'right'}, {header: 'step'}, {header: 'undo'}],
			rows: lines.flatMap(({text, undo, isPointOfNoReturn}, index) => [
				...(isPointOfNoReturn ? [['', '── from here on the way is forward ──', '']] : []),
				[String(index + 1), text, undo ?? '–'],
			]),
		},
		...omissionBlocks(plan),
	];
}

export function createAnswer(command: string, created: CreateResult): Answer {
	const {plan, checks} = created;
	if (created.kind === 'ran') return runAnswer(command, plan, created.result, {checks});
	const next = `sastaops release create ${plan.version}`;
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: created.isDeclined ? EXIT.refused : EXIT.ok,
			data: {
				outcome: created.isDeclined ? 'declined' : 'planned',
				version: plan.version,
				plan,
				steps: describePlan(plan),
				checks,
			},
			next,
		},
		document: [
			...(created.isDeclined ? [] : planBlocks(plan, checks)),
			{kind: 'text', text: 'Nothing was changed.'},
			{kind: 'next', steps: [{label: 'To do it', command: next}]},
		],
	};
}

export function resumeAnswer(command: string, resumed: ResumeResult): Answer {
	if (resumed.kind === 'canary') return canaryResultAnswer(command, resumed.plan, resumed.result);
	return resumed.kind === 'release'
		? runAnswer(command, resumed.plan, resumed.result, {})
		: rolledBackAnswer(command, resumed.plan, undefined);
}

function runAnswer(command: string, plan: ReleasePlan, result: RunResult, extra: object): Answer {
	const {alertProblems} = result;
	const data = {outcome: result.outcome, version: plan.version, tag: plan.tag, run: plan.run, alertProblems, ...extra};
	if (result.outcome === 'rolled-back') {
		const next = 'sastaops release create patch --dry-run';
		return {
			report: {command, verdict: 'fail', exitCode: EXIT.no, data: {...data, failure: result.failure}, next},
			document: [
				{
					kind: 'items',
					items: [
						{
							mark: 'failed',
							text:
								result.failure?.code === 'CANARY_ROLLED_BACK'
									? `${plan.version} was sent back by its canary; the stable instances were never touched`
									: `${plan.version} did not come up, and ${plan.previous?.version} runs again`,
							lines: [result.failure?.message ?? ''],
						},
						...alertItems(alertProblems),
					],
				},
				{
					kind: 'text',
					text: `The tag ${plan.tag} stays and is not published${plan.migrations.length > 0 ? '; its migrations stay applied, and the old version can read them' : ''}.`,
				},
				{kind: 'next', steps: [{label: 'Mend it, then', command: next}]},
			],
		};
	}
	const next = `sastaops release verify ${plan.version}`;
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, data, next},
		document: [
			{kind: 'items', items: [{mark: 'done', text: doneText(plan)}, ...alertItems(alertProblems)]},
			...omissionBlocks(plan),
			{
				kind: 'next',
				steps: [
					{label: 'Prove it', command: next},
					...(plan.previous ? [{label: 'Go back', command: `sastaops release rollback ${plan.previous.version}`}] : []),
				],
			},
		],
	};
}

/** Whoever reads this is the only one who knows. */
function alertItems(problems: readonly string[]): Item[] {
	return problems.map((text) => ({mark: 'warn', text}));
}

function doneText(plan: ReleasePlan): string {
	const parts = [
		plan.backup ? 'data is backed up' : undefined,
		plan.migrations.length > 0
			? `${plan.migrations.length === 1 ? 'one migration is' : `${plan.migrations.length} migrations are`} applied`
			: undefined,
		`${plan.tag} is on ${plan.remote}`,
		plan.github ? 'the GitHub release is published' : undefined,
		plan.health ? `${plan.environment} answers ${plan.version}` : plan.deploy ? 'it is deployed' : undefined,
	];
	return `Released ${plan.version}: ${parts.filter((part) => part !== undefined).join(', ')}`;
}

function checkBlock(checks: readonly CheckResult[]): Block {
	const passed = checks.filter(({verdict}) => verdict === 'pass').length;
	const skipped = checks.filter(({verdict}) => verdict === 'skip').length;
	const warnings = checks.filter(({verdict}) => verdict === 'warn');
	return {
		kind: 'items',
		heading: `Preflight: ${passed} checks pass${warnings.length > 0 ? `, ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}` : ''}${skipped > 0 ? `, ${skipped} not needed` : ''}`,
		items: warnings.map(({title, evidence, mend}) => ({
			mark: 'warn',
			text: title,
			lines: [...evidence, ...(mend === undefined ? [] : [`mend: ${mend}`])],
		})),
	};
}

function omissionBlocks(plan: ReleasePlan): Block[] {
	const omissions = describeOmissions(plan);
	return omissions.length === 0
		? []
		: [{kind: 'items', heading: 'Left out', items: omissions.map((text) => ({mark: 'pending', text}))}];
}
