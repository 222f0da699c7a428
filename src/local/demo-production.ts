import {packageFile} from '../kernel/package-file.js';
import {type DatabaseHost, startDatabase} from './database.js';
import type {Workspace} from './demo-workspace.js';
import {startGuarded} from './guarded-server.js';

export type Production = {
	/** For a person: `MongoDB 8.2.11 (secantusdb)`. */
	readonly databaseTitle: string;
	stop(): Promise<void>;
};

/** Starts what a hosting company has: a database, and a machine that runs the shop version it is told to. */
export async function startProduction(userHost: DatabaseHost, workspace: Workspace): Promise<Production> {
	// A Ctrl-C is for what is at work on production; production itself is stopped behind it, in order.
	const host = {...userHost, signal: new AbortController().signal};
	const database = await startDatabase(host, {storagePath: workspace.storage, port: workspace.databasePort});
	const supervisor = packageFile('templates', 'local', 'demo', 'supervisor.mjs');
	const machine = startGuarded(host, {
		argv: ['node', supervisor, packageFile('bin', 'sastaops.js'), String(workspace.shopPort)],
		cwd: workspace.production,
	});
	return {
		databaseTitle: `MongoDB ${database.version} (${database.kind})`,
		async stop() {
			await machine.stop();
			await database.stop();
		},
	};
}
