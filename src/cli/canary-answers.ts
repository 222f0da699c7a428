import {toleranceWords} from '../canary/guard.js';
import {cellWords, rangeWords, shareWords, verdictData, verdictWords} from '../canary/guard-words.js';
import type {GuardVerdict, Verdict} from '../canary/judge.js';
import {type CanaryPlan, shareOf} from '../canary/plan.js';
import {percentWords} from '../canary/words.js';
import {zeroWords} from '../canary/zero-proof.js';
import {formatDuration, formatMoment} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import {SYMBOLS} from '../kernel/render-text.js';
import type {Answer, Block} from '../kernel/report.js';
import {isServing} from '../ports/splitter/splitter.js';
import type {CanaryAborted} from '../release/canary/abort.js';
import type {OpenCanary} from '../release/canary/find.js';
import type {CanaryResult} from '../release/canary/perform.js';
import type {CanaryStarted} from '../release/canary/start.js';
import type {CanaryStatus} from '../release/canary/status.js';

/** A canary's plan as people read it: the stages, what each can find, what it is judged by. */
export function canaryPlanBlocks(plan: CanaryPlan): Block[] {
	const {stages, policy, traffic, findable} = plan;
	const rate = traffic.requestsPerSecond;
	return [
		{
			kind: 'title',
			text: `Canary ${plan.version} of ${plan.shop} in ${plan.environment}`,
			note: `beside ${plan.stableVersion ?? 'a version that is not told'}, by ${plan.splitter.title}`,
		},
		{
			kind: 'table',
			heading: 'Stages',
			columns: [
				{header: ''},
				{header: 'traffic', align: 'right'},
				{header: 'for', align: 'right'},
				{header: 'requests', align: 'right'},
			],
			rows: stages.map(({share}, index) => [
				String(index + 1),
				percentWords(share),
				formatDuration(policy.bakeMs),
				rate === undefined ? '?' : Math.round((rate * share * policy.bakeMs) / 1000).toLocaleString('en-IN'),
			]),
		},
		{
			kind: 'table',
			heading: `Sent back when it is proved worse than this (chance of a mistake: ${percentWords(plan.alpha)} in all)`,
			columns: [{header: 'guard'}, {header: 'may be'}],
			rows: plan.guards.map((guard) => [guard.title, toleranceWords(guard, guard.worse)]),
		},
		...(findable.length === 0
			? []
			: [
					{
						kind: 'table' as const,
						heading: 'What nine of ten canaries would find at this traffic, by the end of each stage',
						columns: [
							{header: 'guard'},
							{header: 'now', align: 'right' as const},
							...stages.map(({share}) => ({header: percentWords(share), align: 'right' as const})),
						],
						rows: findable.map(({title, badShare, found, isRate}) => {
							const words = (share: number) => shareWords(isRate ? 1 - share : share);
							const cells = found.map((share, index) =>
								share === undefined ? (stages[index]?.share === 1 ? '' : 'nothing') : words(share),
							);
							return [title, words(badShare), ...cells];
						}),
					},
				]),
		...(plan.warnings.length === 0
			? []
			: [{kind: 'items' as const, items: plan.warnings.map((text) => ({mark: 'warn' as const, text}))}]),
		{
			kind: 'facts',
			facts: [
				['start', plan.start ?? 'it runs already'],
				['lease', `without a look for ${formatDuration(plan.leaseMs)} the splitter itself goes back to 0 %`],
				['in the end', plan.promote ?? 'somebody replaces the stable instances by hand'],
				['then', plan.stop ?? 'the canary is left running'],
			],
		},
	];
}

export function canaryAnswer(command: string, started: CanaryStarted): Answer {
	const {plan} = started;
	if (started.kind === 'ran') return canaryResultAnswer(command, plan, started.result);
	const next = `sastaops canary ${plan.version}`;
	return {
		report: {
			command,
			verdict: plan.warnings.length === 0 ? 'pass' : 'warn',
			exitCode: started.isDeclined ? EXIT.refused : EXIT.ok,
			data: {outcome: started.isDeclined ? 'declined' : 'planned', version: plan.version, plan},
			next,
		},
		document: [
			...(started.isDeclined ? [] : canaryPlanBlocks(plan)),
			{kind: 'text', text: 'Nothing was changed.'},
			{kind: 'next', steps: [{label: 'To do it', command: next}]},
		],
	};
}

export function canaryResultAnswer(command: string, plan: CanaryPlan, result: CanaryResult): Answer {
	const {outcome, verdict, requests, gaps, report, alertProblems} = result;
	const isPassed = outcome.kind === 'passed';
	const isInconclusive = outcome.kind === 'rolled-back' && outcome.isInconclusive;
	const next = isPassed
		? plan.commit === ''
			? 'sastaops canary status'
			: `sastaops release verify ${plan.version}`
		: `sastaops canary ${plan.version} --dry-run`;
	const served = `${requests.toLocaleString('en-IN')} requests saw it`;
	const text = isPassed
		? `${plan.version} is promoted (${served})`
		: `${isInconclusive ? 'Not proved either way, and taken back' : 'Rolled back'}: ${outcome.reason} (${served})`;
	const lines = [
		...(isPassed
			? []
			: [
					`${plan.stableVersion ?? 'the stable version'} has all the traffic; the canary is at 0 %, proved by its counters`,
				]),
		...(isPassed && outcome.unproven.length > 0
			? [`nothing was worse; not proved fine: ${outcome.unproven.join(', ')}`]
			: []),
		...gaps,
		...alertProblems,
		`report: ${report}`,
	];
	return {
		report: {
			command,
			verdict: isPassed ? (outcome.unproven.length === 0 ? 'pass' : 'warn') : isInconclusive ? 'inconclusive' : 'fail',
			exitCode: isPassed ? EXIT.ok : isInconclusive ? EXIT.inconclusive : EXIT.no,
			data: {
				outcome: isPassed ? 'promoted' : 'rolled-back',
				run: plan.run,
				version: plan.version,
				reason: isPassed ? null : outcome.reason,
				unproven: isPassed ? outcome.unproven : [],
				requests,
				gaps,
				report,
				alertProblems,
				verdict: verdictData(verdict),
			},
			next,
		},
		document: [
			{kind: 'items', items: [{mark: isPassed ? 'done' : isInconclusive ? 'unknown' : 'failed', text, lines}]},
			guardTable(verdict),
			{kind: 'next', steps: [{label: 'Next', command: next}]},
		],
	};
}

export function canaryStatusAnswer(command: string, {splitter, open}: CanaryStatus): Answer {
	const {state} = splitter;
	const serving = 'value' in state && isServing(state.value);
	const now =
		'why' in state
			? `does not answer: ${state.why}`
			: serving
				? `sends ${percentWords(state.value.share)} to the canary${state.value.leaseMs === undefined ? '' : `, for ${Math.round(state.value.leaseMs / 1000)} s unless renewed`}`
				: 'sends nothing to a canary';
	const next =
		open === undefined
			? serving
				? 'sastaops canary abort'
				: undefined
			: open.holder
				? 'sastaops canary abort'
				: 'sastaops canary resume';
	const exitCode =
		'why' in state ? EXIT.inconclusive : open !== undefined && open.holder === undefined ? EXIT.stopped : EXIT.ok;
	return {
		report: {
			command,
			verdict: exitCode === EXIT.ok ? 'pass' : exitCode === EXIT.stopped ? 'warn' : 'inconclusive',
			exitCode,
			data: {
				splitter: {
					title: splitter.title,
					...('value' in state
						? {share: state.value.share, leaseMs: state.value.leaseMs ?? null, owner: state.value.owner ?? null}
						: {why: state.why}),
				},
				open:
					open === undefined
						? null
						: {
								run: open.run,
								version: open.plan.version,
								stage: open.stage + 1,
								stages: open.plan.stages.length,
								watchedMs: open.watchedMs,
								requests: open.requests,
								holds: open.holds,
								holder: open.holder ?? null,
								verdict: verdictData(open.verdict),
							},
			},
			...(next === undefined ? {} : {next}),
		},
		document: [
			{
				kind: 'facts',
				facts: [
					[splitter.title, now],
					...(open === undefined ? [['canary', 'none is open'] as const] : openFacts(open)),
				],
			},
			...(open === undefined ? [] : [guardTable(open.verdict)]),
			...(next === undefined
				? []
				: [{kind: 'next' as const, steps: [{label: open?.holder ? 'Take it back' : 'Next', command: next}]}]),
		],
	};
}

function openFacts(open: NonNullable<CanaryStatus['open']>): (readonly [string, string])[] {
	const {plan, stage, watchedMs, requests, holder, lastAtMs, holds} = open;
	const stageWords =
		stage < 0
			? 'has no traffic yet'
			: `stage ${stage + 1} of ${plan.stages.length} (${percentWords(shareOf(plan, stage))}), ${formatDuration(watchedMs)} of ${formatDuration(plan.policy.bakeMs)}, ${requests.toLocaleString('en-IN')} requests`;
	return [
		['canary', `${plan.version} beside ${plan.stableVersion ?? 'a version that is not told'}: ${stageWords}`],
		[
			'watched',
			holder
				? `by "${holder.command}" on ${holder.host} (pid ${holder.pid})`
				: `by nobody since ${lastAtMs === undefined ? 'it began' : formatMoment(lastAtMs)}`,
		],
		...holds.map((reason) => ['held', reason] as const),
	];
}

export function canaryAbortAnswer(command: string, {proof, splitter, version, run}: CanaryAborted): Answer {
	const what = {
		nothing: 'No canary was open.',
		asked: `Whoever watched the canary of ${version} has ended it.`,
		aborted: `The canary of ${version} is taken back.`,
		'of-release': `The release of ${version} is still open.`,
	}[run];
	const next = run === 'of-release' ? 'sastaops release status' : 'sastaops canary status';
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: run === 'of-release' ? EXIT.stopped : EXIT.ok,
			data: {outcome: run, version: version ?? null, proof},
			next,
		},
		document: [
			{
				kind: 'items',
				items: [
					{mark: 'done', text: zeroWords(splitter, proof)},
					{mark: 'none', text: what},
				],
			},
			{kind: 'next', steps: [{label: 'Next', command: next}]},
		],
	};
}

export function canaryAskAnswer(command: string, ask: string, {plan, holder}: OpenCanary): Answer {
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {outcome: 'asked', ask, run: plan.run, version: plan.version},
			next: 'sastaops canary status',
		},
		document: [
			{
				kind: 'text',
				text: `Told "${holder?.command}" on ${holder?.host}; it answers at its next look, within ${formatDuration(plan.lookMs)}.`,
			},
			{kind: 'next', steps: [{label: 'See it', command: 'sastaops canary status'}]},
		],
	};
}

function guardTable(verdict: Verdict): Block {
	return {
		kind: 'table',
		columns: [
			{header: ''},
			{header: 'guard'},
			{header: 'canary', align: 'right'},
			{header: 'stable', align: 'right'},
			{header: 'likely worse by', align: 'right'},
			{header: 'verdict'},
		],
		rows: verdict.guards.map((guard) => [
			STATE_SYMBOLS[guard.state],
			guard.title,
			cellWords(guard, verdict, 'canary'),
			cellWords(guard, verdict, 'stable'),
			rangeWords(guard),
			verdictWords(guard),
		]),
	};
}

const STATE_SYMBOLS: Readonly<Record<GuardVerdict['state'], string>> = {
	worse: SYMBOLS.failed,
	fine: SYMBOLS.done,
	open: SYMBOLS.unknown,
	unseen: '',
};
