import {SastaError} from '../kernel/errors.js';
import {isServing} from '../ports/splitter/splitter.js';
import type {CanaryFacts} from './facts.js';

/** What stands in the way of a canary, each in words; nothing does where it is empty. */
export function problemsOf(
	{splitter, stable, canary, stableVersion, measures, front}: CanaryFacts,
	{version, isStarted}: {version: string /** sastaops starts it itself. */; isStarted: boolean},
): string[] {
	return [
		...('why' in splitter ? [`the splitter does not answer: ${splitter.why}`] : []),
		...('value' in splitter && isServing(splitter.value)
			? [
					`the splitter already sends ${Number((100 * splitter.value.share).toFixed(2))} % to a canary${splitter.value.owner === undefined ? '' : ` (${splitter.value.owner})`}: sastaops canary status`,
				]
			: []),
		...stable
			.filter(({health}) => !health.isHealthy)
			.map(({url, health}) => `the stable instance ${url} is not healthy: ${health.words}`),
		...(stableVersion === undefined && new Set(stable.map(({health}) => health.version)).size > 1
			? [
					`the stable instances run different versions: ${stable.map(({url, health}) => `${url} ${health.version}`).join(', ')}`,
				]
			: []),
		...(isStarted
			? []
			: canary
					.filter(({health}) => !health.isHealthy || (health.version ?? version) !== version)
					.map(
						({url, health}) =>
							`the canary ${url} does not run ${version}: ${health.words} (start it, or set canary.start)`,
					)),
		...stable.flatMap(({url, counts}) =>
			counts !== undefined && 'why' in counts ? [`${url} does not tell its metrics: ${counts.why}`] : [],
		),
		...(measures.length === 0 ? ['nothing tells how either side does: no counters of the splitter, no metrics'] : []),
		...(front !== undefined && !front.isHealthy ? [`the shop’s own door is not healthy: ${front.words}`] : []),
	];
}

/** @throws SastaError CANARY_PREFLIGHT_FAILED with all that stands in the way */
export function assertCanaryPreflight(problems: readonly string[]): void {
	if (problems.length === 0) return;
	const what = problems.length === 1 ? 'A problem stands' : `${problems.length} problems stand`;
	throw new SastaError('CANARY_PREFLIGHT_FAILED', `${what} in the way of the canary; nothing was changed`, {
		details: problems,
		hint: 'Mend the lines above, then run it again',
	});
}
