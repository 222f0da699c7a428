import * as z from 'zod';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import type {KubernetesApi} from './kubernetes-api.js';
import type {RouteSplit} from './kubernetes-split.js';
import type {SplitterState} from './splitter.js';

const rollout = z.object({
	metadata: z.object({uid: z.string()}),
	spec: z.object({
		paused: z.boolean().optional(),
		strategy: z.object({
			canary: z
				.object({
					steps: z.array(z.object({setWeight: z.number().optional()})).optional(),
					trafficRouting: z.object({maxTrafficWeight: z.number().optional()}).optional(),
				})
				.optional(),
		}),
	}),
	status: z
		.object({
			abort: z.boolean().optional(),
			currentPodHash: z.string().optional(),
			stableRS: z.string().optional(),
			currentStepIndex: z.number().optional(),
			pauseConditions: z.array(z.unknown()).nullish(),
			canary: z.object({weights: z.object({canary: z.object({weight: z.number()})}).nullish()}).optional(),
		})
		.default({}),
});

/** A rollout as Argo's controller last reported it. */
type Rollout = {
	readonly uid: string;
	readonly pod: string;
	readonly share: number;
	/** Of the next step that sets one, 0 to 1. */
	readonly nextShare: number | undefined;
	readonly isPaused: boolean;
	readonly isPausedByHand: boolean;
	readonly isAborted: boolean;
	/** There is nothing on trial. */
	readonly isComplete: boolean;
};

/** How long Argo's controller may take to do what it was told. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Steers a rollout of Argo Rollouts as far as Argo lets it: Argo sets the weights, in the order of its steps. What can be
 * done is to let it go on from a pause, which is `set` with the share of its next step, and to abort it.
 */
export function makeArgoSplit(
	{api, rollout: name}: {api: KubernetesApi; rollout: string},
	host: Pick<Host, 'sleep' | 'monotonicMs'>,
): Omit<RouteSplit, 'lapse'> {
	const target = {group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts', name};
	const title = `The Rollout ${name} of Kubernetes ${api.where}`;

	return {
		read: async () => stateOf(await find()),
		async set({share}) {
			const now = await find();
			if (isSame(now.share, share)) return stateOf(now);
			if (!now.isPaused || now.nextShare === undefined || !isSame(now.nextShare, share)) throw refused(now, share);
			await api.merge(target, 'status', {status: {pauseConditions: null}});
			if (now.isPausedByHand) await api.merge(target, 'object', {spec: {paused: false}});
			return stateOf(await waitFor((later) => isSame(later.share, share), `${percent(share)} % to the canary`));
		},
		async revert() {
			const now = await find();
			if (now.isComplete) return stateOf(now);
			if (!now.isAborted) await api.merge(target, 'status', {status: {abort: true}});
			return stateOf(await waitFor((later) => later.isComplete || (later.isAborted && later.share === 0), '0 %'));
		},
	};

	async function find(): Promise<Rollout> {
		const {object} = await api.get(target);
		const {data} = rollout.safeParse(object);
		if (data === undefined)
			throw unknown(`${title} is none of argoproj.io/v1alpha1`, 'Look at it: kubectl get rollout');
		const {spec, status, metadata} = data;
		if (spec.strategy.canary?.trafficRouting === undefined) {
			throw unknown(
				`${title} divides no traffic: it counts pods`,
				'Give its canary strategy a trafficRouting, or name an HTTPRoute instead',
			);
		}
		const {steps = [], trafficRouting} = spec.strategy.canary;
		const most = trafficRouting.maxTrafficWeight ?? 100;
		const index = status.currentStepIndex ?? 0;
		const next = steps.slice(index).find(({setWeight}) => setWeight !== undefined)?.setWeight;
		return {
			uid: metadata.uid,
			pod: status.currentPodHash ?? '',
			share: (status.canary?.weights?.canary.weight ?? 0) / most,
			nextShare: next === undefined ? undefined : next / most,
			isPaused: (status.pauseConditions ?? []).length > 0 || spec.paused === true,
			isPausedByHand: spec.paused === true,
			isAborted: status.abort === true,
			isComplete: status.currentPodHash !== undefined && status.currentPodHash === status.stableRS,
		};
	}

	async function waitFor(isThere: (now: Rollout) => boolean, wanted: string): Promise<Rollout> {
		const untilMs = host.monotonicMs() + PATIENCE_MS;
		for (;;) {
			const now = await find();
			if (isThere(now)) return now;
			if (host.monotonicMs() >= untilMs) {
				throw new SastaError('SPLITTER_UNPROVED', `${title} did not come to ${wanted}`, {
					exitCode: EXIT.outside,
					details: [
						`It was told, and ${PATIENCE_MS / 1000} s later still says ${percent(now.share)} %`,
						...(now.isAborted ? ['It is aborted: its controller takes the traffic away when it runs again'] : []),
					],
					hint: 'See whether the controller of Argo Rollouts runs; what it says: kubectl argo rollouts get rollout',
				});
			}
			await host.sleep(PAUSE_MS);
		}
	}

	function refused({share, nextShare, isPaused, isAborted}: Rollout, wanted: number): SastaError {
		const why = isAborted
			? 'it is aborted'
			: nextShare === undefined
				? 'it has no further step'
				: isPaused
					? `its next step is ${percent(nextShare)} %`
					: 'it is not paused, and goes on by itself';
		return new SastaError('SPLITTER_REFUSED', `${title} cannot go to ${percent(wanted)} %: ${why}`, {
			exitCode: EXIT.outside,
			details: [`Argo Rollouts sets the weights; it stays at ${percent(share)} %`],
			hint: 'Give canary.stages the weights of its setWeight steps, each followed by a "pause: {}"',
		});
	}
}

/** Nothing of it expires, and it notes nobody as its owner. */
function stateOf({share, uid, pod}: Rollout): SplitterState {
	return {share, leaseMs: undefined, owner: undefined, incarnation: `${uid}/${pod}`};
}

function isSame(a: number, b: number): boolean {
	return Math.abs(a - b) < 1e-4;
}

function percent(share: number): number {
	return Number((100 * share).toFixed(2));
}

function unknown(message: string, hint: string): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', message, {exitCode: EXIT.outside, hint});
}
