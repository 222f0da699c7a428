import {alertKey, type Notice} from '../alert/alert.js';
import {errorMessage, isSastaError} from '../kernel/errors.js';
import type {Journal} from '../kernel/journal/journal.js';
import {wasBegun} from '../kernel/steps.js';
import type {AnyPlan} from './run.js';
import type {World} from './world.js';

type Told = {readonly plan: AnyPlan; readonly world: World; readonly journal: Pick<Journal, 'records'>};

/** What became of a run, for who reads or is called. */
export type RunNews = Pick<Notice, 'title'> & Partial<Pick<Notice, 'text' | 'severity'>>;

/**
 * Does the work of a run and tells how it ended: a notice where it did, an alert where it stopped half-way, until somebody
 * finishes it or takes it back.
 */
export async function tellingHow<T>(told: Told, work: () => Promise<T>, newsOf: (result: T) => RunNews): Promise<T> {
	const {plan, world} = told;
	const {alerts, config} = world;
	try {
		const result = await work();
		tellOver(world);
		alerts.notice({
			key: alertKey(config.shop.name, 'deployment', plan.run),
			text: '',
			facts: factsOf(plan),
			...(config.shop.url === undefined ? {} : {url: config.shop.url}),
			...newsOf(result),
		});
		return result;
	} catch (error) {
		if (isNews(error)) alerts.raise(stoppedAlert(told, error));
		throw error;
	} finally {
		await alerts.flush();
	}
}

/** No run is open any more. */
export function tellOver({alerts, config}: Pick<World, 'alerts' | 'config'>): void {
	alerts.resolve(stoppedKey(config.shop.name));
}

function stoppedKey(service: string): string {
	return alertKey(service, 'run', 'stopped');
}

function stoppedAlert({plan, world: {config}, journal}: Told, error: unknown) {
	const hint = isSastaError(error) ? error.hint : undefined;
	return {
		key: stoppedKey(config.shop.name),
		severity: touchesCustomers(plan, journal) ? ('critical' as const) : ('warning' as const),
		title: `The ${plan.kind} of ${plan.version} has stopped half-way`,
		text: [errorMessage(error), hint ?? '', 'Where it stands: sastaops release status']
			.filter((line) => line !== '')
			.join('\n'),
		facts: factsOf(plan),
		passesSilence: true,
	};
}

/** Whether customers may already meet what is half done. */
function touchesCustomers({kind}: AnyPlan, {records}: Pick<Journal, 'records'>): boolean {
	if (kind === 'rollback') return true;
	return ['deploy', 'canary-watch', 'canary-promote', 'deploy-previous'].some((step) => wasBegun(records, step));
}

/** Somebody who pressed Ctrl-C knows; and who has lost the lease leaves the run to another. */
function isNews(error: unknown): boolean {
	return !isSastaError(error, 'INTERRUPTED') && !isSastaError(error, 'LEASE_LOST');
}

function factsOf(plan: AnyPlan): (readonly [string, string])[] {
	return [
		['version', plan.version],
		['environment', plan.environment],
		...('commit' in plan && plan.commit !== '' ? [['commit', plan.commit.slice(0, 12)] as const] : []),
		['run', plan.run],
	];
}
