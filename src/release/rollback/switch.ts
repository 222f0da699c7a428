import {CONTROL_COLLECTION} from '../../kernel/control-collection.js';
import type {StagingNames} from './plan.js';

/** A view as it is made: its name and its options, in canonical extended JSON. */
export type ViewDefinition = {readonly name: string; readonly options: Readonly<Record<string, unknown>>};

/** One rename that brings the restored data live, or takes it back. Each is one atomic act of the server. */
export type Rename = {readonly from: string; readonly to: string};

export type SwitchState = {
	/** Names of all collections in the database now, views left out. */
	readonly existing: readonly string[];
	/** Names of the collections the backup holds, views left out. */
	readonly restored: readonly string[];
	readonly names: StagingNames;
};

/** What was live before the first rename, written down before it: after a crash nothing else can tell. */
export type LiveBefore = {readonly collections: readonly string[]; readonly views: readonly ViewDefinition[]};

/**
 * The renames still to be done, told by the names that exist now, so that after a crash anywhere the rest is the same:
 * a live collection moves to its safety name, then the restored one takes its place. What the backup does not hold was
 * made after it, and moves away too.
 */
export function remainingRenames({existing, restored, names}: SwitchState): Rename[] {
	const there = new Set(existing);
	return [
		...restored
			.filter((name) => there.has(names.staged + name))
			.flatMap((name) => [
				...(there.has(name) ? [{from: name, to: names.before + name}] : []),
				{from: names.staged + name, to: name},
			]),
		...existing
			.filter((name) => isOfTheShop(name, names) && !restored.includes(name))
			.map((name) => ({from: name, to: names.before + name})),
	];
}

/**
 * The renames that put everything back as it was before the switch, from wherever it stands, also when all of it is back
 * already and what was restored is dropped: a collection that was live before is a restored one only while the live one
 * lies under its safety name.
 */
export function reverseRenames(
	{existing, restored, names}: SwitchState,
	{collections}: Pick<LiveBefore, 'collections'>,
): Rename[] {
	const there = new Set(existing);
	const moved = existing.filter((name) => name.startsWith(names.before)).map((name) => name.slice(names.before.length));
	const brought = restored.filter(
		(name) =>
			there.has(name) &&
			!there.has(names.staged + name) &&
			(there.has(names.before + name) || !collections.includes(name)),
	);
	return [
		...brought.map((name) => ({from: name, to: names.staged + name})),
		...moved.map((name) => ({from: names.before + name, to: name})),
	];
}

/** Not a staging name, not the server's, and not the maintenance switch. */
function isOfTheShop(name: string, {staged, before}: StagingNames): boolean {
	return (
		!name.startsWith(staged) && !name.startsWith(before) && !name.startsWith('system.') && name !== CONTROL_COLLECTION
	);
}
