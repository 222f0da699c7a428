import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import type {Journal} from '../../kernel/journal/journal.js';
import {isDone, type Step} from '../../kernel/steps.js';
import type {Deployment} from '../../ports/deployer.js';
import {type Health, readHealth} from '../../ports/http-probe.js';
import type {ReleasePlan} from '../plan.js';
import type {World} from '../world.js';

/** What bringing a version up needs; the contexts of releases and rollbacks both have it. */
type LiveContext = {
	readonly plan: {
		readonly version: string;
		readonly deploy: {readonly title: string} | null;
		readonly health: ReleasePlan['health'];
	};
	readonly world: World;
	readonly host: Host;
	readonly journal: Journal;
};

/** Runs the deploy command, which must be safe to run again: what a crash cut is done again. */
export function deployStep<Context extends LiveContext>(deploymentOf: (context: Context) => Deployment): Step<Context> {
	return {
		name: 'deploy',
		title: (context) => `deploy     ${context.plan.deploy?.title ?? ''} with ${deploymentOf(context).tag}`,
		async probe({plan, world, host, journal}) {
			// Without an address to ask, the journal is all there is.
			if (!plan.health) return isDone(journal.records, 'deploy') ? {state: 'done'} : {state: 'absent'};
			const health = await readHealth({url: plan.health.url, headers: world.config.shop.headers}, host);
			return health.version === plan.version ? {state: 'done', detail: health.words} : {state: 'absent'};
		},
		async apply(context) {
			await context.world.deployer?.deploy(deploymentOf(context));
			return {};
		},
	};
}

/** Waits until the shop answers with the plan's version and is healthy, then looks around in it. */
export const health: Step<LiveContext> = {
	name: 'health',
	title: ({plan}) => `wait for   ${plan.version} at ${plan.health?.url ?? ''}`,
	probe: async () => ({state: 'absent'}),
	async apply({plan, world, host}) {
		const seen = await waitForVersion({plan, version: plan.version, headers: world.config.shop.headers}, host);
		const {lookAround} = await import('./look-around.js');
		const around = await lookAround(world.config.shop, host);
		return {detail: around === undefined ? seen.words : `${seen.words}; ${around}`};
	},
};

/**
 * Polls the shop's health until it is healthy and says `version`; a shop that tells no version only has to be healthy.
 * @throws SastaError NOT_HEALTHY when the time is over
 */
export async function waitForVersion(
	{
		plan,
		version,
		headers,
	}: {plan: Pick<ReleasePlan, 'health'>; version: string; headers: Readonly<Record<string, string>>},
	host: Host,
): Promise<Health> {
	if (!plan.health) throw new Error('a health step was planned without an address');
	const {url, timeoutMs, intervalMs} = plan.health;
	const deadlineMs = host.monotonicMs() + timeoutMs;
	for (;;) {
		const health = await readHealth({url, headers, timeoutMs: Math.max(1000, Math.min(5000, timeoutMs))}, host);
		if (health.isHealthy && health.version === undefined) {
			const message = `${url} is healthy and tells no version: that it runs ${version} is not proved`;
			host.emit({type: 'log', level: 'warn', message});
			return health;
		}
		if (health.isHealthy && health.version === version) return health;
		if (host.monotonicMs() + intervalMs > deadlineMs) {
			throw new SastaError(
				'NOT_HEALTHY',
				`${url} did not become healthy with version ${version} in ${Math.round(timeoutMs / 1000)} s`,
				{
					exitCode: EXIT.stopped,
					details: [`last answer: ${health.words}`],
					hint: 'Look at the shop’s log, then: sastaops release resume (try again) or release rollback (the old version)',
				},
			);
		}
		await host.sleep(intervalMs, host.signal);
	}
}
