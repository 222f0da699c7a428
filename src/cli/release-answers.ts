import {formatDuration} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block, Item} from '../kernel/report.js';
import type {AbortResult} from '../release/abort.js';
import type {CheckResult} from '../release/checks/check.js';
import type {CreateResult} from '../release/create.js';
import {describeOmissions, describePlan} from '../release/describe-plan.js';
import type {RunResult} from '../release/finish.js';
import type {ListedRelease} from '../release/list.js';
import type {ReleasePlan} from '../release/plan.js';
import type {ResumeResult} from '../release/resume.js';
import type {ReleaseStatus, RunStatus} from '../release/status.js';
import type {VerifyReleaseResult} from '../release/verify.js';
import {rolledBackAnswer} from './rollback-answers.js';

/** A plan as people read it: where from, what was checked, each step with its way back, what is left out. */
export function planBlocks(plan: ReleasePlan, checks: readonly CheckResult[]): Block[] {
	const from = plan.previous
		? `from ${plan.previous.tag}, ${plan.commits} commits`
		: `the first release, ${plan.commits} commits`;
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
	return resumed.kind === 'release'
		? runAnswer(command, resumed.plan, resumed.result, {})
		: rolledBackAnswer(command, resumed.plan, undefined);
}

function runAnswer(command: string, plan: ReleasePlan, result: RunResult, extra: object): Answer {
	const data = {outcome: result.outcome, version: plan.version, tag: plan.tag, run: plan.run, ...extra};
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
							text: `${plan.version} did not come up, and ${plan.previous?.version} runs again`,
							lines: [result.failure?.message ?? ''],
						},
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
			{kind: 'items', items: [{mark: 'done', text: doneText(plan)}]},
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

export function abortAnswer(command: string, result: AbortResult): Answer {
	switch (result.kind) {
		case 'nothing':
			return {
				report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {outcome: 'nothing'}},
				document: [{kind: 'text', text: 'No run is open: nothing to do.'}],
			};
		case 'declined':
			return {
				report: {
					command,
					verdict: 'pass',
					exitCode: EXIT.stopped,
					data: {outcome: 'declined', run: result.plan.run},
					next: 'sastaops release status',
				},
				document: [{kind: 'text', text: 'Nothing was changed; the run is still open.'}],
			};
		case 'aborted': {
			const next = `sastaops release ${result.plan.kind === 'release' ? 'create' : 'rollback'} ${result.plan.version} --dry-run`;
			const items: Item[] = [
				...result.undone.map(({what}): Item => ({mark: 'done', text: what})),
				...result.kept.map((text): Item => ({mark: 'warn', text})),
			];
			return {
				report: {
					command,
					verdict: 'pass',
					exitCode: EXIT.ok,
					data: {
						outcome: 'aborted',
						run: result.plan.run,
						version: result.plan.version,
						undone: result.undone,
						kept: result.kept,
					},
					next,
				},
				document: [
					{
						kind: 'items',
						heading: `The ${result.plan.kind} of ${result.plan.version} is taken back`,
						items: items.length > 0 ? items : [{mark: 'none', text: 'nothing had been done'}],
					},
					{kind: 'next', steps: [{label: 'Next', command: next}]},
				],
			};
		}
		default:
			return result satisfies never;
	}
}

export function statusAnswer(command: string, status: ReleaseStatus): Answer {
	const {open, last, holder} = status;
	const next = open
		? open.state === 'aborting'
			? 'sastaops release abort'
			: 'sastaops release resume'
		: 'sastaops release create minor --dry-run';
	return {
		report: {
			command,
			verdict: open ? 'warn' : 'pass',
			exitCode: open ? EXIT.stopped : EXIT.ok,
			data: {open: open ?? null, last: last ?? null, holder: holder ?? null},
			next,
		},
		document: [
			...(open
				? openRunBlocks(open, holder !== undefined)
				: [{kind: 'text' as const, text: last ? lastText(last) : 'No release was made from here yet.'}]),
			...(holder
				? [
						{
							kind: 'text' as const,
							text: `"${holder.command}" is at work on ${holder.host} (pid ${holder.pid}); its lease is ${holder.id}.`,
						},
					]
				: []),
			{kind: 'next', steps: open ? waysOut(open) : [{label: 'Next', command: next}]},
		],
	};
}

function openRunBlocks(open: RunStatus, isHeld: boolean): Block[] {
	const when = new Date(open.lastAt).toLocaleTimeString('en-GB');
	const marks = {done: 'done', begun: 'unknown', undone: 'none', failed: 'failed', stopped: 'warn'} as const;
	return [
		{
			kind: 'title',
			text: `The ${open.kind} of ${open.version} ${isHeld ? 'is under way' : open.state === 'aborting' ? 'is half taken back' : `was interrupted at ${when}`}`,
		},
		{
			kind: 'items',
			items: open.steps.map(({name, state, message}) => ({
				mark: marks[state],
				text: name,
				detail: state,
				...(message === undefined ? {} : {lines: [message]}),
			})),
		},
		...(open.tornBytes > 0
			? [
					{
						kind: 'text' as const,
						text: `The last record of its journal was cut (${open.tornBytes} bytes); that is expected of a crash.`,
					},
				]
			: []),
	];
}

function waysOut(open: RunStatus): {label: string; command: string}[] {
	const isPushed = open.steps.some(({name, state}) => name === 'deploy' && state !== 'undone');
	if (open.state === 'aborting') return [{label: 'Finish it', command: 'sastaops release abort'}];
	return [
		{label: 'Go on', command: 'sastaops release resume'},
		...(isPushed ? [] : [{label: 'Go back', command: 'sastaops release abort'}]),
	];
}

function lastText({kind, version, state, startedAt, lastAt}: RunStatus): string {
	return `Nothing is open. The last ${kind}, of ${version}, was ${state} on ${new Date(lastAt).toLocaleString('en-GB')} (${formatDuration(lastAt - startedAt)}).`;
}

export function verifyAnswer(command: string, {version, tag, checks, verdict}: VerifyReleaseResult): Answer {
	const marks = {pass: 'done', fail: 'failed', warn: 'warn', inconclusive: 'unknown', skip: 'pending'} as const;
	const words = {
		pass: 'proved',
		warn: 'proved, with remarks',
		fail: 'not what it says',
		inconclusive: 'not proved: not everything could be looked at',
		skip: 'nothing to prove',
	};
	const exitCode = verdict === 'fail' ? EXIT.no : verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.ok;
	return {
		report: {command, verdict, exitCode, data: {version, tag, checks}},
		document: [
			{kind: 'title', text: `${tag}: ${words[verdict]}`},
			{
				kind: 'items',
				items: checks.map(({title, evidence, mend, verdict: one}) => ({
					mark: marks[one],
					text: title,
					...(evidence.length === 0 ? {} : {detail: evidence.join('; ')}),
					...(mend === undefined ? {} : {lines: [`mend: ${mend}`]}),
				})),
			},
		],
	};
}

export function listAnswer(command: string, releases: readonly ListedRelease[]): Answer {
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {releases}},
		document: [
			releases.length === 0
				? {kind: 'text', text: 'No release was made yet.'}
				: {
						kind: 'table',
						columns: [{header: 'version'}, {header: 'commit'}, {header: 'backup before it'}, {header: 'migrations'}],
						rows: releases.map(({version, commit, backup, run, migrations}) => [
							version,
							commit.slice(0, 7),
							backup ?? (run === undefined ? 'not by sastaops' : 'not here'),
							migrations.join(', ') || '–',
						]),
					},
			{
				kind: 'next',
				steps: [{label: 'Prove one', command: `sastaops release verify ${releases[0]?.version ?? '<version>'}`}],
			},
		],
	};
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
