import type {Command} from 'commander';
import type {DbCheckFlags} from './db-check-run.js';
import type {Actions} from './session.js';

export function addDbCheck(db: Command, actions: Actions): void {
	db.command('check')
		.description('Whether the database is ready: server, log-in, rights, indexes, queries, connections, backups')
		.option('--uri <uri>', 'another address than the configured one; better MONGODB_URI, which ps does not show')
		.option('--name <database>', 'another database than the configured one')
		.option('--probe', 'also prove reading, writing and making an index, in a collection of its own that is removed')
		.option('--strict', 'what the server does not tell is inconclusive')
		.option('--print-role', 'print the commands that make users with no more rights than they need, and stop')
		.action(
			actions.run(async (session, flags: DbCheckFlags) => (await import('./db-check-run.js')).dbCheck(session, flags)),
		);
}
