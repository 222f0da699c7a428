import type {SplitterState} from '../ports/splitter/splitter.js';
import type {Observation, Told} from './observe.js';

/** What the instances say that forbids to go on, in words. */
export function holdsOf(
	{instances, splitter}: Observation,
	{version, stableVersion}: {version: string; stableVersion: string | null},
): string[] {
	const stable = instances.filter(({side}) => side === 'stable');
	const isAllSick = stable.length > 0 && stable.every(({health}) => !health.isHealthy);
	return [
		...('why' in splitter ? [`the splitter does not answer: ${splitter.why}`] : []),
		...(isAllSick ? [`no stable instance is healthy (${stable[0]?.health.words})`] : []),
		...instances
			.filter(({side, health}) => side === 'canary' && health.version !== undefined && health.version !== version)
			.map(({url, health}) => `${url} runs ${health.version}, not ${version}`),
		...stable
			.filter(({health}) => stableVersion !== null && health.version !== undefined && health.version !== stableVersion)
			.map(({url, health}) => `${url} (stable) runs ${health.version}; it was ${stableVersion} when the canary began`),
	];
}

/** What a splitter says of itself that is not as it should be. */
export function doubtsOf({splitter}: Observation): string[] {
	return 'value' in splitter && splitter.value.doubt !== undefined ? [splitter.value.doubt] : [];
}

/** Another hand on the splitter: what it did, and whether it took the canary's traffic away. */
export type Stranger = {readonly words: string; readonly isToZero: boolean};

/**
 * Whether somebody else changed the share since we last set it. Undefined where not, where the splitter does not answer, and
 * after a reload, which takes the share to 0 without meaning it: that one is told again.
 */
export function strangerOf(told: Told<SplitterState>, expected: SplitterState): Stranger | undefined {
	if ('why' in told) return undefined;
	const {share, incarnation, owner} = told.value;
	if (Math.abs(share - expected.share) < 1e-4 && owner === expected.owner) return undefined;
	if (incarnation !== expected.incarnation && share === 0) return undefined;
	const by = owner !== undefined && owner !== expected.owner ? ` (${owner})` : '';
	return {
		words: `another hand${by} set the canary to ${Number((100 * share).toFixed(2))} %`,
		isToZero: share === 0,
	};
}
