import {errorMessage, isSastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {Health} from '../ports/http-probe.js';
import {readMetricsPage} from '../ports/metrics-page.js';
import type {Side, Splitter, SplitterState, TrafficReading} from '../ports/splitter/splitter.js';
import {addressOf, readInstanceHealth} from './instance-health.js';
import type {InstanceCounts, MeasureReader} from './measures.js';

export type Instance = {readonly url: string; readonly side: Side};

/** Both sides' instances as one list. */
export function instancesOf({stable, canary}: Readonly<Record<Side, readonly string[]>>): Instance[] {
	const of = (side: Side, urls: readonly string[]) => urls.map((url) => ({url, side}));
	return [...of('stable', stable), ...of('canary', canary)];
}

/** What could be read, or why not, in words. */
export type Told<T> = {readonly value: T} | {readonly why: string};

export type InstanceObservation = Instance & {
	readonly health: Health;
	/** Undefined where the shop is configured to tell none. */
	readonly counts: Told<InstanceCounts> | undefined;
};

/** All that can be seen at one moment. */
export type Observation = {
	/** Milliseconds since the epoch. */
	readonly atMs: number;
	readonly splitter: Told<SplitterState>;
	readonly traffic: Told<TrafficReading>;
	readonly instances: readonly InstanceObservation[];
};

export type ObserveTerms = {
	readonly splitter: Splitter;
	readonly instances: readonly Instance[];
	readonly measures: MeasureReader;
	/** Path of the health page. */
	readonly healthPath: string;
	/** Path of the metrics page; undefined for none. */
	readonly metricsPath: string | undefined;
	readonly metricsToken: string | undefined;
	readonly headers: Readonly<Record<string, string>>;
	readonly timeoutMs: number;
};

/** Asks everybody at once, each with a time limit; what does not answer is told, never guessed. Never rejects for it. */
export async function observe(terms: ObserveTerms, host: Host): Promise<Observation> {
	const {splitter, instances} = terms;
	const [state, traffic, seen] = await Promise.all([
		told(() => splitter.read()),
		told(() => splitter.observe()),
		Promise.all(instances.map((instance) => observeInstance(instance, terms, host))),
	]);
	return {atMs: host.now(), splitter: state, traffic, instances: seen};
}

async function observeInstance(
	instance: Instance,
	{measures, healthPath, metricsPath, metricsToken, headers, timeoutMs}: ObserveTerms,
	host: Host,
): Promise<InstanceObservation> {
	const readCounts = async () =>
		measures.read(
			await readMetricsPage(
				{
					url: addressOf(instance.url, metricsPath ?? ''),
					token: metricsToken,
					tokenKey: 'canary.metricsToken',
					timeoutMs,
				},
				host,
			),
		);
	const [health, counts] = await Promise.all([
		readInstanceHealth(instance.url, {healthPath, headers, timeoutMs}, host),
		metricsPath === undefined ? undefined : told(readCounts),
	]);
	return {...instance, health, counts};
}

async function told<T>(work: () => Promise<T>): Promise<Told<T>> {
	try {
		return {value: await work()};
	} catch (error) {
		// The network's errors and ours say what is wrong outside; anything else is a bug and must not look like a dead shop.
		if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) throw error;
		return {why: isSastaError(error) ? error.message : errorMessage(error) || 'no answer'};
	}
}
