import {type Command, InvalidArgumentError} from 'commander';
import {parseDuration} from '../kernel/duration.js';
import type {Actions} from './session.js';

/** As commander has them. */
export type TimeoutsFlags = {
	readonly uri?: string;
	readonly only?: readonly string[];
	readonly option?: readonly string[];
	readonly patience: number;
	readonly iKnow?: boolean;
};

export function addTimeouts(load: Command, actions: Actions): void {
	load
		.command('timeouts')
		.description('What the shop sees, and after how long, when its database is slow, hangs, refuses or returns')
		.option('--uri <uri>', 'the server, with the shop’s own options; database.uri or MONGODB_URI without it')
		.option('--option <name=value...>', 'options of the driver over the address’s, such as socketTimeoutMS=10000')
		.option('--only <scenario...>', 'only these; slow,hang or one by one', splitNames)
		.option('--patience <time>', 'the longest any wait is watched', parsePatience, 30_000)
		.option('--i-know', 'the server may be a shop’s: faults still harm only connections of ours')
		.addHelpText(
			'after',
			'\nExamples:\n  sastaops db-load timeouts\n  sastaops db-load timeouts --only hang,pool --option waitQueueTimeoutMS=2000 socketTimeoutMS=10000',
		)
		.action(
			actions.run(async (session, flags: TimeoutsFlags) =>
				(await import('./db-load-timeouts-run.js')).runTimeoutsCommand(session, flags),
			),
		);
}

function splitNames(text: string, before: readonly string[] = []): readonly string[] {
	return [...before, ...text.split(',').filter(Boolean)];
}

function parsePatience(text: string): number {
	const ms = parseDuration(text);
	if (ms === undefined || ms < 1000 || ms > 600_000)
		throw new InvalidArgumentError('It must be a time of 1s up to 10m, such as 30s.');
	return ms;
}
