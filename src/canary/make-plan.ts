import type {CanaryConfig} from '../kernel/config/schema.js';
import {durationMs, formatDuration} from '../kernel/duration.js';
import {DEFAULT_GUARDS, type Guard, type Tolerance} from './guard.js';
import type {CanaryPlan, Findable, TrafficFacts} from './plan.js';
import {smallestFound} from './power.js';
import {tolerancesOdds} from './tolerance.js';

export type PlanFacts = Pick<
	CanaryPlan,
	'planVersion' | 'run' | 'configHash' | 'shop' | 'environment' | 'version' | 'tag' | 'commit' | 'stableVersion'
> & {
	readonly config: CanaryConfig;
	readonly splitter: CanaryPlan['splitter'] & {readonly shortestLeaseMs: number};
	/** Measures that the instances or the splitter told. */
	readonly measures: readonly string[];
	readonly traffic: TrafficFacts;
	/** `--weight`: percent of the first stage. */
	readonly firstWeight: number | undefined;
	readonly commands: Pick<CanaryPlan, 'promote' | 'start' | 'stop'>;
	/** The splitter's clock minus ours. */
	readonly clockSkewMs: number;
};

/** Facts to a plan: pure. */
export function makeCanaryPlan(facts: PlanFacts): CanaryPlan {
	const {config, splitter, measures, traffic, firstWeight, commands, clockSkewMs: _, ...identity} = facts;
	const stages = stagesOf(config.stages, firstWeight).map((percent) => ({share: percent / 100}));
	const guards = chooseGuards(config.guards, measures);
	const bakeMs = durationMs(config.bake);
	const findable = whatIsFound({guards, stages, bakeMs, traffic, alpha: config.alpha});
	return {
		kind: 'canary',
		...identity,
		splitter: {kind: splitter.kind, title: splitter.title, isSticky: splitter.isSticky},
		stable: config.stable,
		canary: config.canary,
		stages,
		guards,
		policy: {
			bakeMs,
			maxHoldMs: durationMs(config.maxHold),
			onMaxHold: config.onMaxHold,
			leastRequests: config.leastRequests,
			proof: config.proof,
		},
		alpha: config.alpha,
		beta: config.beta,
		lookMs: durationMs(config.look),
		leaseMs: Math.max(durationMs(config.lease), splitter.shortestLeaseMs),
		warmupMs: durationMs(config.warmup),
		lagMs: durationMs(config.lag),
		drainMs: durationMs(config.drain),
		...commands,
		traffic,
		findable,
		warnings: warningsOf(facts, {stages, findable, bakeMs}),
	};
}

/** `--weight` is the first stage; those of the configuration that are not above it fall away. */
export function stagesOf(stages: readonly number[], firstWeight: number | undefined): number[] {
	return firstWeight === undefined ? [...stages] : [firstWeight, ...stages.filter((stage) => stage > firstWeight)];
}

/** The guards that something tells of, their weights brought to a sum of 1. Those of the configuration stand above ours. */
export function chooseGuards(settings: CanaryConfig['guards'], measures: readonly string[]): Guard[] {
	const known = new Set(DEFAULT_GUARDS.map(({name}) => name));
	const own = Object.keys(settings).filter((name) => !known.has(name));
	const all = [
		...DEFAULT_GUARDS,
		...own.map((name): Guard => {
			const setting = settings[name];
			const isRate = setting !== undefined && setting !== 'off' && setting.good !== undefined;
			return {
				name,
				title: name,
				kind: isRate ? 'rate' : 'failures',
				measure: name,
				worse: isRate ? {percent: 10} : {points: 1},
				acceptable: isRate ? {percent: 50} : {points: 5},
				weight: 0.05,
			};
		}),
	];
	const chosen = all.flatMap((guard): Guard[] => {
		const setting = settings[guard.name];
		const measure = guard.kind === 'latency' ? 'latency' : guard.measure;
		if (setting === 'off' || !measures.includes(measure)) return [];
		return [
			{
				...guard,
				worse: parseTolerance(setting?.worse) ?? guard.worse,
				acceptable: parseTolerance(setting?.acceptable) ?? guard.acceptable,
				weight: setting?.weight ?? guard.weight,
			},
		];
	});
	const sum = chosen.reduce((total, {weight}) => total + weight, 0);
	return chosen.map((guard) => ({...guard, weight: guard.weight / sum}));
}

function parseTolerance(text: string | undefined): Tolerance | undefined {
	if (text === undefined) return undefined;
	const amount = Number.parseFloat(text);
	return text.endsWith('%') ? {percent: amount} : {points: amount};
}

function whatIsFound({
	guards,
	stages,
	bakeMs,
	traffic,
	alpha,
}: {
	guards: readonly Guard[];
	stages: CanaryPlan['stages'];
	bakeMs: number;
	traffic: TrafficFacts;
	alpha: number;
}): Findable[] {
	const {requestsPerSecond} = traffic;
	if (requestsPerSecond === undefined) return [];
	return guards.flatMap((guard) => {
		const measure = guard.kind === 'latency' ? undefined : traffic.measures[guard.measure];
		if (guard.kind === 'latency' || measure === undefined) return [];
		const badShare = Math.max(measure.badShare, 1e-4);
		const tolerated = Math.exp(
			tolerancesOdds(guard.kind, guard.worse, {trials: 1_000_000, events: Math.round(badShare * 1_000_000)}),
		);
		const found = stages.map(({share}) => {
			// At 100 % there is nobody left to compare with.
			if (share >= 1) return undefined;
			const ratio = smallestFound({
				requestsPerSecond: requestsPerSecond * measure.triesPerRequest,
				share,
				seconds: bakeMs / 1000,
				baseShare: badShare,
				tolerated,
				alpha: alpha * guard.weight,
			});
			if (ratio === undefined) return undefined;
			const odds = (ratio * badShare) / (1 - badShare);
			return odds / (1 + odds);
		});
		return [{guard: guard.name, title: guard.title, isRate: guard.kind === 'rate', badShare: measure.badShare, found}];
	});
}

/** More than this and the lease means another time than it says. */
const SKEW_MS = 5000;

function warningsOf(
	{config, splitter, stableVersion, version, traffic, commands, clockSkewMs}: PlanFacts,
	{stages, findable, bakeMs}: {stages: CanaryPlan['stages']; findable: readonly Findable[]; bakeMs: number},
): string[] {
	const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
	const errors = findable.find(({guard}) => guard === 'errors');
	const blind = stages.filter(
		({share}, index) => share < 1 && errors !== undefined && errors.found[index] === undefined,
	);
	const requests = (share: number) => ((traffic.requestsPerSecond ?? 0) * share * bakeMs) / 1000;
	const thin =
		traffic.requestsPerSecond === undefined ? [] : stages.filter(({share}) => requests(share) < config.leastRequests);
	return [
		...(stableVersion === version ? [`the stable instances already say that they run ${version}`] : []),
		...(splitter.isSticky ? [] : [`${splitter.title} may send one shopper to both versions`]),
		...(traffic.requestsPerSecond === undefined
			? ['nothing tells how much traffic there is: what can be found is not known']
			: []),
		...thin.map(
			({share}) =>
				`at ${percent(share)} the canary gets about ${Math.floor(requests(share))} requests in ${formatDuration(bakeMs)}; ${config.leastRequests} are needed: the stage will be held`,
		),
		...blind.map(({share}) => `at ${percent(share)} the stage is too short to find any rise of errors below ×50`),
		...(durationMs(config.lease) < splitter.shortestLeaseMs
			? [
					`${splitter.title} keeps a lease of ${formatDuration(splitter.shortestLeaseMs)} at least; canary.lease says ${config.lease}`,
				]
			: []),
		...(Math.abs(clockSkewMs) > SKEW_MS
			? [`the clock of ${splitter.title} differs from this machine’s by ${formatDuration(Math.abs(clockSkewMs))}`]
			: []),
		...(commands.promote === null && stages.at(-1)?.share === 1
			? [
					'nothing says how the stable instances are replaced: set canary.promote or release.deploy, or do it by hand at 100 %',
				]
			: []),
	];
}
