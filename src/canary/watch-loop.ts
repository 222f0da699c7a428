import {asInterruption} from '../kernel/errors.js';
import {isServing, type SplitterState} from '../ports/splitter/splitter.js';
import type {CanaryContext} from './context.js';
import type {Decision} from './decide.js';
import {type CanaryEvent, type CanaryOutcome, readEvents, writeEvent} from './events.js';
import {openHardLimits} from './hard-limits.js';
import type {Verdict} from './judge.js';
import {openLookMaker, type Sight} from './make-look.js';
import {instancesOf, type Observation, observe} from './observe.js';
import {shareOf} from './plan.js';
import {advanceProgress, beginProgress} from './progress.js';
import {openShopBurn} from './shop-burn.js';
import {askAlertKey, tellOfAsking} from './tell-asking.js';
import type {CanaryView} from './view.js';
import {viewData, viewLine, viewLines} from './view-text.js';
import {begin, enterStage, goBack, leavingSafely, pass, renew} from './watch-acts.js';
import {isWarmingUp, judgeLook} from './watch-judgement.js';
import type {Watcher} from './watcher.js';

/**
 * Looks, judges and acts until the stages end. Everything it knows is in the journal's events, so that a run that died goes on
 * with the same evidence.
 * @throws SastaError SPLITTER_…, ZERO_UNPROVED, INTERRUPTED; the canary is then at 0 %, or its lease ends by itself
 */
export async function watchCanary(context: CanaryContext): Promise<CanaryOutcome> {
	const {journal, plan} = context;
	let progress = beginProgress(plan);
	const burn = openShopBurn();
	for (const event of readEvents(journal.records)) {
		progress = advanceProgress(progress, event);
		if (event.what === 'look') burn.add(event.look);
	}
	const tell = async (event: CanaryEvent) => {
		await writeEvent(journal, event);
		progress = advanceProgress(progress, event);
	};
	const watcher = {context, tell, progress: () => progress, burn};
	try {
		return await lookOnAndOn(watcher);
	} catch (caught) {
		throw await leavingSafely(asInterruption(caught, context.host.signal), watcher);
	} finally {
		context.alerts.resolve(askAlertKey(plan));
	}
}

async function lookOnAndOn(watcher: Watcher): Promise<CanaryOutcome> {
	const {context, tell, progress} = watcher;
	const {plan, splitter, host, asks} = context;
	const maker = openLookMaker(splitter.title);
	const limits = openHardLimits();
	let expected = await begin(watcher);
	let settledSinceMs = host.monotonicMs();
	let lastMs = host.monotonicMs();
	let lastHeading = ' ';

	for (;;) {
		await host.sleep(Math.max(0, lastMs + plan.lookMs - host.monotonicMs()), host.signal);
		const intervalMs = Math.min(host.monotonicMs() - lastMs, 3 * plan.lookMs);
		lastMs = host.monotonicMs();
		const [observation, posted] = await Promise.all([lookAround(context), asks.read(plan.run)]);
		const fresh = posted.filter(({id}) => !progress().answered.includes(id));
		for (const ask of fresh) await tell({what: 'asked', ...ask});
		const asked = fresh.map(({ask}) => ask);

		const isWarmup = isWarmingUp(progress(), observation.atMs, plan.warmupMs);
		const settledMs = lastMs - settledSinceMs;
		const share = shareOf(plan, progress().stage);
		const sight = maker.make(observation, {stage: Math.max(0, progress().stage), share, settledMs, isWarmup});
		await host.fault('canary.look');
		const state = 'value' in observation.splitter ? observation.splitter.value : undefined;
		// Time in which something was missing, or the canary got nothing, does not count as watched.
		const isWatched = sight.gaps.length === 0 && (progress().stage < 0 || (state !== undefined && isServing(state)));
		await tell({
			what: 'look',
			look: sight.look,
			intervalMs: isWatched ? intervalMs : 0,
			requests: sight.requests?.canary ?? 0,
		});
		const burning = watcher.burn.add(sight.look);
		const verdict = progress().judge.verdict();

		const decision = judgeLook(
			{observation, sight, asked, expected, burning, verdict},
			watcher,
			limits.add(observation, sight),
		);
		const holds = decision.kind === 'hold' || decision.kind === 'ask' ? decision.reasons : [];
		const heading = `${holds.length === 0 ? '' : decision.kind} ${holds.join()}`;
		const isNews = heading !== lastHeading;
		lastHeading = heading;
		if (isNews) {
			await tell({what: 'held', reasons: holds});
			tellOfAsking(decision, context);
		}
		show({decision, verdict, sight, state, share, isWarmup, news: isNews ? newsOf(decision) : undefined}, watcher);

		switch (decision.kind) {
			case 'rollback':
				return goBack(decision, watcher);
			case 'advance': {
				const next = progress().stage + 1;
				if (next >= plan.stages.length) return pass(decision.unproven, watcher);
				expected = await enterStage(next, decision.unproven, watcher);
				settledSinceMs = host.monotonicMs();
				break;
			}
			case 'ask':
			case 'hold':
			case 'stay':
				if (progress().stage >= 0) expected = (await renew({sight, state, expected, decision}, watcher)) ?? expected;
				break;
			default:
				return decision satisfies never;
		}
	}
}

function lookAround({
	plan,
	host,
	splitter,
	measures,
	healthPath,
	metricsPath,
	metricsToken,
	headers,
}: CanaryContext): Promise<Observation> {
	const instances = instancesOf(plan);
	const timeoutMs = Math.max(1000, Math.min(5000, plan.lookMs));
	return observe({splitter, instances, measures, healthPath, metricsPath, metricsToken, headers, timeoutMs}, host);
}

function newsOf(decision: Decision): string {
	switch (decision.kind) {
		case 'hold':
			return `held: ${decision.reasons.join('; ')}`;
		case 'ask':
			return `held for too long: ${decision.reasons.join('; ')}. Decide: sastaops canary promote, or sastaops canary abort`;
		default:
			return 'goes on';
	}
}

function show(
	{
		decision,
		verdict,
		sight,
		state,
		share,
		isWarmup,
		news,
	}: {
		decision: Decision;
		verdict: Verdict;
		sight: Sight;
		state: SplitterState | undefined;
		share: number;
		isWarmup: boolean;
		news: string | undefined;
	},
	{context, progress}: Watcher,
): void {
	const {stage, watchedMs, requests, allRequests} = progress();
	const view: CanaryView = {
		plan: context.plan,
		stage,
		share,
		isWarmup,
		watchedMs,
		leaseMs: state?.leaseMs,
		requests,
		allRequests,
		verdict,
		sources: sight.sources,
		decision,
		news,
	};
	context.host.emit({
		type: 'live',
		screen: viewLines(view),
		line: viewLine(view),
		isNews: news !== undefined,
		data: viewData(view),
	});
}
