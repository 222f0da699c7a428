import type {Command} from 'commander';
import type {CreateFlags} from './db-indexes-run.js';
import type {Actions} from './session.js';

export function addIndexes(db: Command, actions: Actions): void {
	const indexes = db.command('indexes').description('The indexes that database.indexes declares');
	indexes
		.command('status')
		.description('Which are there, missing, being built, or of other options; and which are not declared')
		.argument('[collections...]', 'of these only')
		.action(
			actions.run(async (session, collections: string[]) =>
				(await import('./db-indexes-run.js')).indexesStatus(session, collections),
			),
		);
	indexes
		.command('plan')
		.description('What create would do: commands, sizes, doubles and conflicts with the way out of each')
		.argument('[collections...]', 'of these only')
		.action(
			actions.run(async (session, collections: string[]) =>
				(await import('./db-indexes-run.js')).indexesPlan(session, collections),
			),
		);
	indexes
		.command('create')
		.description('Make the missing ones, one by one; nothing is dropped')
		.argument('[collections...]', 'of these only')
		.option('--dry-run', 'print the plan, and stop')
		.option('--replace <index>', 'an index of other options that may be dropped for the declared one')
		.option('--confirm <index>', 'its name, in place of typing it')
		.action(
			actions.run(async (session, collections: string[], flags: CreateFlags) =>
				(await import('./db-indexes-run.js')).indexesCreate(session, collections, flags),
			),
		);
}
