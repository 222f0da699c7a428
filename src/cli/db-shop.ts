import {resolve} from 'node:path';
import type {DatabaseConfig} from '../kernel/config/schema.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Lease} from '../kernel/lease.js';
import type {ShopDatabase} from '../release/world.js';
import type {Session} from './session.js';

/** What the `db` commands work on: the shop's database and the folders of its migrations and seeds. */
export type DbShop = ShopDatabase & {readonly migrations: string; readonly seeds: string};

/** Opens the shop's databases for `work`, and closes them. @throws SastaError DATABASE_NONE for `database: none` */
export async function withShop<T>(session: Session, work: (shop: DbShop) => Promise<T>): Promise<T> {
	const {config, root} = await session.loadConfig();
	const {openDatabase} = await import('../release/world.js');
	const database = await openDatabase(config, session.host);
	if (database === undefined) throw noDatabase();
	try {
		return await work({...database, ...foldersOf(database.config, root)});
	} finally {
		await database.mongo.close();
	}
}

/** The folders alone, for commands that need no database. */
export async function readFolders(session: Session): Promise<Pick<DbShop, 'migrations' | 'seeds'>> {
	const {config, root} = await session.loadConfig();
	if (config.database === 'none') throw noDatabase();
	return foldersOf(config.database, root);
}

/** Holds the one lease of this shop while `work` runs. @throws SastaError LEASE_HELD */
export async function withLease<T>(
	{host, command}: Session,
	{state, config}: DbShop,
	work: (held: {lease: Lease; run: string}) => Promise<T>,
): Promise<T> {
	const [{holdLease}, {openMongoLease}, {processStartedAt}] = await Promise.all([
		import('../kernel/hold-lease.js'),
		import('../ports/mongo-lease.js'),
		import('../ports/process-table.js'),
	]);
	const lease = await holdLease(
		{
			store: openMongoLease(state, config.name),
			command,
			processStartedAt: (pid) => processStartedAt(pid, host),
		},
		host,
	);
	try {
		return await work({lease, run: `db-${lease.holder.id}`});
	} finally {
		await lease.release();
	}
}

/** Asks once; `--yes` has answered already. @throws SastaError NOT_CONFIRMED */
export async function confirmPlan({ask, flags}: Session, question: string): Promise<void> {
	if (flags.yes || (await ask({text: question, flag: '--yes'}))) return;
	throw notConfirmed();
}

/** Has the database's name typed, or given as `--confirm`. @throws SastaError NOT_CONFIRMED */
export async function confirmByName({ask}: Session, name: string, given: string | undefined): Promise<void> {
	const isRight =
		given === undefined
			? await ask({text: 'This can take data away.', typed: name, flag: `--confirm ${name}`})
			: given === name;
	if (!isRight) throw notConfirmed();
}

function foldersOf({migrations, seeds}: DatabaseConfig, root: string): Pick<DbShop, 'migrations' | 'seeds'> {
	return {migrations: resolve(root, migrations), seeds: resolve(root, seeds)};
}

function notConfirmed(): SastaError {
	return new SastaError('NOT_CONFIRMED', 'Not confirmed; nothing was changed');
}

function noDatabase(): SastaError {
	return new SastaError('DATABASE_NONE', 'This shop is configured with "database: none"', {exitCode: EXIT.usage});
}
