import type {Command} from 'commander';
import {addLoadOptions, type LoadFlags} from './db-load-flags.js';
import {parseCount} from './parse-option.js';
import type {Actions} from './session.js';

export type IndexesFlags = LoadFlags & {
	readonly samples: number;
	readonly build: boolean;
	readonly writes: boolean;
};

export function addIndexes(load: Command, actions: Actions): void {
	addLoadOptions(
		load.command('indexes').description('Every query with and without its index, and what each index costs'),
		{rate: 50, duration: 30_000},
	)
		.option('--samples <n>', 'times that each query is asked, with and without', parseCount, 100)
		.option('--no-build', 'do not build an index under a load')
		.option('--no-writes', 'do not measure what each index adds to an insert')
		.addHelpText(
			'after',
			'\nExamples:\n  sastaops db-load indexes --documents 100000\n  sastaops db-load indexes --only browse history --no-build --no-writes\n  sastaops db-load indexes --workload shop-load.mjs --rate 100 --duration 1m',
		)
		.action(
			actions.run(async (session, flags: IndexesFlags) =>
				(await import('./db-load-indexes-run.js')).runIndexesCommand(session, flags),
			),
		);
}
