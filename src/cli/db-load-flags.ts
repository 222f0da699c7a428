import {type Command, InvalidArgumentError} from 'commander';
import {parseDuration} from '../kernel/duration.js';
import {parseCount} from './parse-option.js';

/** As commander has them, of every mode that makes a load. */
export type LoadFlags = {
	readonly uri?: string;
	readonly documents: number;
	readonly seed: number;
	readonly workload?: string;
	readonly only?: readonly string[];
	readonly rate: number;
	readonly duration: number;
	readonly warmUp: number;
	readonly ramp: number;
	readonly poisson?: boolean;
	readonly workers: number;
	readonly option?: readonly DriverOption[];
	readonly keep?: boolean;
	readonly iKnow?: boolean;
	readonly html?: string;
};

export type DriverOption = {readonly name: string; readonly value: number | boolean};

/** What every mode that makes a load is told. */
export function addLoadOptions(
	command: Command,
	defaults: {readonly rate: number; readonly duration: number},
): Command {
	return command
		.option('--uri <uri>', 'the server; database.uri or MONGODB_URI without it, which "ps" does not show')
		.option('--rate <n>', 'operations a second, of all workers together', parseCount, defaults.rate)
		.option('--duration <time>', 'what counts', parseTime, defaults.duration)
		.option('--warm-up <time>', 'at the whole rate before anything counts', parseTime, 5000)
		.option('--ramp <time>', 'from nothing to the rate', parseTime, 2000)
		.option('--poisson', 'arrivals as independent customers come, in bunches and gaps')
		.option('--documents <n>', 'size of the data it makes', parseCount, 10_000)
		.option('--seed <n>', 'the same seed, the same data and the same load', parseCount, 1)
		.option('--workload <file>', 'a module with your own operations; the shop’s without it')
		.option('--only <name...>', 'only these operations')
		.option('--workers <n>', 'threads, each with a pool of its own', parseCount, 1)
		.option('--option <name=value...>', 'options of the driver, such as maxPoolSize=20', parseOption)
		.option('--keep', 'leave the database for a look')
		.option('--i-know', 'the server may be a shop’s')
		.option('--html <file>', 'also write a page with pictures');
}

function parseTime(text: string): number {
	const ms = text === '0' ? 0 : parseDuration(text);
	if (ms === undefined || ms > 86_400_000)
		throw new InvalidArgumentError('It must be a time up to 24h, such as 30s or 5m.');
	return ms;
}

/** Options of the driver that make sense here; others would change what is measured unseen. */
const DRIVER_OPTIONS = [
	'maxPoolSize',
	'minPoolSize',
	'maxConnecting',
	'maxIdleTimeMS',
	'waitQueueTimeoutMS',
	'serverSelectionTimeoutMS',
	'connectTimeoutMS',
	'socketTimeoutMS',
	'retryReads',
	'retryWrites',
];

function parseOption(text: string, before: readonly DriverOption[] = []): DriverOption[] {
	const [, name = '', value = ''] = /^(\w+)=(\d{1,9}|true|false)$/.exec(text) ?? [];
	if (!DRIVER_OPTIONS.includes(name))
		throw new InvalidArgumentError(`It must be such as maxPoolSize=20; known are ${DRIVER_OPTIONS.join(', ')}.`);
	return [...before, {name, value: /^\d/.test(value) ? Number(value) : value === 'true'}];
}
