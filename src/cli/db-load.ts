import {type Command, InvalidArgumentError} from 'commander';
import {addLoadOptions, type LoadFlags} from './db-load-flags.js';
import {addIndexes} from './db-load-indexes.js';
import {addTimeouts} from './db-load-timeouts.js';
import {parseCount} from './parse-option.js';
import type {Actions} from './session.js';

export type MixFlags = LoadFlags & {
	readonly slo?: readonly string[];
	readonly untilBreak?: boolean;
	readonly hdr?: string;
	readonly database?: string;
	readonly shard?: {readonly index: number; readonly count: number};
	readonly startAt?: number;
};

export type PoolFlags = LoadFlags & {readonly poolSizes: readonly number[]; readonly rates?: readonly number[]};

export function addDbLoad(program: Command, actions: Actions): void {
	const load = program
		.command('db-load')
		.helpGroup('Data:')
		.description('Load the database as a shop does, and tell what customers would have waited');
	addMix(load, actions);
	addPool(load, actions);
	addTimeouts(load, actions);
	addIndexes(load, actions);
	addReaders(load, actions);
}

function addMix(load: Command, actions: Actions): void {
	addLoadOptions(
		load.command('mix').description('The whole workload at one rate, against objectives, with a verdict'),
		{rate: 50, duration: 60_000},
	)
		.option('--slo <objective...>', 'what has to hold, such as p95<500ms, checkout.p99<1s, errors<0.1%')
		.option('--until-break', 'search the highest rate that keeps them, beginning at --rate')
		.option('--hdr <file>', 'also write the response times as a log of HdrHistogram')
		.option('--database <name>', 'the name of the database it makes; a random one without it')
		.option('--shard <k/n>', 'the k-th of n machines that make one load together', parseShard)
		.option('--start-at <moment>', 'when all of them begin, such as 2026-11-24T18:00:00Z', parseStart)
		.addHelpText(
			'after',
			'\nExamples:\n  sastaops db-load mix --rate 200 --slo "p95<200ms" "errors<0.1%"\n  sastaops db-load mix --rate 50 --until-break --slo "p95<100ms"\n  sastaops db-load mix --shard 2/8 --start-at 2026-11-24T18:00:00Z --database sastaops_load_night --hdr part-2.hdr',
		)
		.action(
			actions.run(
				async (session, flags: MixFlags) => (await import('./db-load-mix-run.js')).runMixCommand(session, flags),
				['html'],
			),
		);
}

/** The driver's own default is the last. */
const POOL_SIZES: readonly number[] = [5, 10, 20, 50, 100];

function addPool(load: Command, actions: Actions): void {
	addLoadOptions(
		load.command('pool').description('How long operations wait for a connection, by pool size, and which size to use'),
		{rate: 50, duration: 20_000},
	)
		.option('--pool-sizes <n...>', 'maxPoolSize of each step', parseCounts, POOL_SIZES)
		.option('--rates <n...>', 'several rates, each with all sizes; --rate without it', parseCounts)
		.addHelpText(
			'after',
			'\nExamples:\n  sastaops db-load pool --rate 400\n  sastaops db-load pool --rates 100 200 400 --pool-sizes 5 10 20 --html pool.html',
		)
		.action(
			actions.run(
				async (session, flags: PoolFlags) => (await import('./db-load-pool-run.js')).runPoolCommand(session, flags),
				['html'],
			),
		);
}

function addReaders(load: Command, actions: Actions): void {
	load
		.command('compare <before> <after>')
		.description('Two results of "db-load mix --json", and whether they differ by more than chance')
		.action(
			actions.run(async (session, before: string, after: string) =>
				(await import('./db-load-read-run.js')).compareCommand(session, before, after),
			),
		);
	load
		.command('merge <logs...>')
		.description('Logs of HdrHistogram of several machines as the one load they were, exactly')
		.option('--hdr <file>', 'also write the merged log')
		.action(
			actions.run(async (session, logs: string[], flags: {hdr?: string}) =>
				(await import('./db-load-read-run.js')).mergeCommand(session, logs, flags.hdr),
			),
		);
	load
		.command('clean')
		.description('Remove the databases of loads that were killed')
		.option('--uri <uri>', 'the server; database.uri or MONGODB_URI without it')
		.option('--all', 'those of loads that may be running as well')
		.action(
			actions.run(async (session, flags: {uri?: string; all?: boolean}) =>
				(await import('./db-load-clean-run.js')).cleanCommand(session, flags),
			),
		);
}

/** Several counts, which replace the default. */
function parseCounts(text: string, before: readonly number[] = []): readonly number[] {
	const counts = [parseCount(text)];
	const isDefault = before === POOL_SIZES;
	return isDefault ? counts : [...before, ...counts];
}

function parseShard(text: string): {index: number; count: number} {
	const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
	const [k, n] = [Number(index), Number(count)];
	if (!(k >= 1 && k <= n)) throw new InvalidArgumentError('It must be such as 2/8, the second of eight.');
	return {index: k - 1, count: n};
}

function parseStart(text: string): number {
	const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
	if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be such as 2026-11-24T18:00:00Z.');
	return ms;
}
