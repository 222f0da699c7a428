import type {CanaryContext} from '../../canary/context.js';
import {type CanaryOutcome, readEvents} from '../../canary/events.js';
import type {Verdict} from '../../canary/judge.js';
import {advanceProgress, beginProgress} from '../../canary/progress.js';
import {promoteStep} from '../../canary/promote-step.js';
import {reportFile} from '../../canary/report/write.js';
import {CANARY_STEPS} from '../../canary/steps.js';
import {outcomeOf} from '../../canary/watch-step.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {runSteps, wasBegun} from '../../kernel/steps.js';
import {endRun} from '../run.js';
import {type RunNews, tellingHow} from '../tell-alerts.js';
import type {World} from '../world.js';

export type CanaryResult = {
	readonly outcome: CanaryOutcome;
	readonly verdict: Verdict;
	/** Requests the canary has served. */
	readonly requests: number;
	/** Where its HTML report stands. */
	readonly report: string;
	/** What happened while nobody watched, in words. */
	readonly gaps: readonly string[];
	/** Who could not be told of it, and why. */
	readonly alertProblems: readonly string[];
};

/** The two ways from an open canary. */
export const CANARY_WAYS = 'sastaops canary resume, or sastaops canary abort';

/** Performs a canary from wherever the world stands, to its end: promoted, or back. */
export async function performCanary(context: CanaryContext, world: World): Promise<CanaryResult> {
	const {plan, journal} = context;
	const result = await tellingHow(
		{plan, world, journal},
		() => perform(context),
		(made) => newsOf(context, made),
	);
	return {...result, alertProblems: [...world.alerts.problems]};
}

function newsOf({plan}: CanaryContext, {outcome}: Performed): RunNews {
	if (outcome.kind === 'passed') return {title: `${plan.version} has passed its canary and is promoted`};
	return {title: `The canary of ${plan.version} was rolled back`, text: outcome.reason, severity: 'warning'};
}

type Performed = Omit<CanaryResult, 'alertProblems'>;

async function perform(context: CanaryContext): Promise<Performed> {
	const {journal, host} = context;
	await runSteps({steps: CANARY_STEPS, context, journal, host, ways: CANARY_WAYS, learn: () => undefined});
	const result = resultOf(context);
	await endRun(journal, result.outcome.kind === 'passed' ? 'completed' : 'rolled-back');
	await host.fault('run.ended');
	return result;
}

/** @throws SastaError ABORT_TOO_LATE once the stable instances are being replaced */
export function assertCanaryAbortable({plan, journal}: Pick<CanaryContext, 'plan' | 'journal'>): void {
	if (!isPromoting({journal})) return;
	throw new SastaError(
		'ABORT_TOO_LATE',
		`The canary of ${plan.version} has passed, and the stable instances are being replaced by it`,
		{
			exitCode: EXIT.stopped,
			hint: `Finish it: sastaops canary resume; or go back: sastaops release rollback ${plan.stableVersion ?? ''}`.trimEnd(),
		},
	);
}

/** Whether the stable instances are being replaced, or are. */
export function isPromoting({journal}: Pick<CanaryContext, 'journal'>): boolean {
	return wasBegun(journal.records, promoteStep.name) && outcomeOf(journal.records)?.kind === 'passed';
}

/** What the journal tells of a canary whose stages have ended. */
export function resultOf({journal, plan, reports}: Pick<CanaryContext, 'journal' | 'plan' | 'reports'>): Performed {
	const events = readEvents(journal.records);
	const progress = events.reduce(advanceProgress, beginProgress(plan));
	if (progress.outcome === undefined) throw new Error('a canary ended without an outcome');
	return {
		outcome: progress.outcome,
		verdict: progress.judge.verdict(),
		requests: progress.allRequests,
		report: reportFile(reports, plan),
		gaps: events.flatMap((event) => (event.what === 'gap' ? [event.words] : [])),
	};
}
