import {describe, expect, it} from 'vitest';
import {type Rename, remainingRenames, reverseRenames} from '../../../src/release/rollback/switch.js';

const NAMES = {staged: 'sastaops_restore_a1_', before: 'sastaops_before_a1_'};

/** Name of a collection to what it holds. */
type World = ReadonlyMap<string, string>;

/** `gone` was dropped since the backup, `wishes` was made since. */
const RESTORED = ['orders', 'products', 'gone'];
const LIVE: World = new Map([
	['orders', 'live'],
	['products', 'live'],
	['wishes', 'live'],
]);
const STAGED: World = new Map([...LIVE, ...RESTORED.map((name) => [NAMES.staged + name, 'backup'] as const)]);

function renamed(world: World, renames: readonly Rename[]): World {
	const after = new Map(world);
	for (const {from, to} of renames) {
		expect(after.has(to), `${from} -> ${to} would replace what is there`).toBe(false);
		after.set(to, after.get(from) ?? '');
		after.delete(from);
	}
	return after;
}

const forward = (world: World) => remainingRenames({existing: [...world.keys()], restored: RESTORED, names: NAMES});
const back = (world: World) =>
	reverseRenames({existing: [...world.keys()], restored: RESTORED, names: NAMES}, {collections: [...LIVE.keys()]});
/** Every world that a cut leaves, the last being the one without a cut. */
const cuts = (world: World, renames: readonly Rename[]) =>
	[...renames, undefined].map((_, count) => renamed(world, renames.slice(0, count)));
const dropStaged = (world: World) => new Map([...world].filter(([name]) => !name.startsWith(NAMES.staged)));

describe('switching to restored data', () => {
	it('ends the same wherever it was cut', () => {
		for (const world of cuts(STAGED, forward(STAGED))) {
			const end = renamed(world, forward(world));
			expect(RESTORED.map((name) => end.get(name))).toEqual(['backup', 'backup', 'backup']);
			expect(end.get('wishes')).toBeUndefined();
		}
	});

	it('goes back to what was live wherever it was cut, wherever that was cut, and however often', () => {
		for (const world of cuts(STAGED, forward(STAGED))) {
			for (const half of cuts(world, back(world))) {
				const whole = renamed(half, back(half));
				const again = dropStaged(renamed(whole, back(whole)));
				expect(dropStaged(renamed(again, back(again)))).toEqual(LIVE);
			}
		}
	});

	it('leaves the live data alone when what was restored is dropped already', () => {
		expect(back(LIVE)).toEqual([]);
	});
});
