import {BSON, type Document} from 'mongodb';
import type {BackupCollection} from '../../backup/manifest.js';
import {dataPartsOf, type RollbackContext} from './context.js';
import type {LiveBefore, Rename, SwitchState, ViewDefinition} from './switch.js';

export async function readSwitchState(context: RollbackContext): Promise<SwitchState> {
	const {data, database, manifest} = await dataPartsOf(context);
	const listed = await database.db.listCollections({}, {nameOnly: true}).toArray();
	return {
		existing: listed.filter(({type}) => type !== 'view').map(({name}) => name),
		restored: manifest.collections.filter(({type}) => type !== 'view').map(({name}) => name),
		names: data.names,
	};
}

/** Performs renames one by one, the lease checked before each. */
export async function renameAll(context: RollbackContext, renames: readonly Rename[]): Promise<void> {
	const {db} = (await dataPartsOf(context)).database;
	for (const [index, {from, to}] of renames.entries()) {
		await context.lease.assertHeld();
		await context.host.fault('rename.before');
		await db.renameCollection(from, to);
		await context.host.fault('rename.after');
		context.host.emit({type: 'progress', done: index + 1, total: renames.length, unit: 'renames'});
	}
}

/** Drops every collection whose name begins with a prefix of this run's; resolves to their number. */
export async function dropCollections(context: RollbackContext, prefix: string): Promise<number> {
	const {db} = (await dataPartsOf(context)).database;
	const listed = await db.listCollections({}, {nameOnly: true}).toArray();
	const names = listed.map(({name}) => name).filter((name) => name.startsWith(prefix));
	for (const name of names) {
		await context.lease.assertHeld();
		await db.dropCollection(name);
	}
	return names.length;
}

/** What the switch wrote down before its first rename; undefined when it never came that far. */
export function liveBefore({journal}: Pick<RollbackContext, 'journal'>): LiveBefore | undefined {
	const noted = journal.records.findLast(({step, type}) => step === 'switch' && type === 'note');
	return noted?.data?.['facts'] as LiveBefore | undefined;
}

/** The views that are there now. */
export async function viewsNow(context: RollbackContext): Promise<ViewDefinition[]> {
	const {db} = (await dataPartsOf(context)).database;
	const listed = (await db.listCollections({type: 'view'}).toArray()) as {name: string; options?: Document}[];
	return listed.map(({name, options}) => ({
		name,
		options: BSON.EJSON.serialize(options ?? {}, {relaxed: false}) as Record<string, unknown>,
	}));
}

/** Makes the views be these and no others; a view holds no data. */
export async function restoreViews(
	context: RollbackContext,
	views: readonly (ViewDefinition | BackupCollection)[],
): Promise<void> {
	const {db} = (await dataPartsOf(context)).database;
	for (const {name} of await viewsNow(context)) await db.dropCollection(name);
	for (const {name, options} of views) {
		await context.lease.assertHeld();
		await db.command({create: name, ...(BSON.EJSON.deserialize(options as Document, {relaxed: false}) as Document)});
	}
}
