import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type Condition, isFiring, nextCondition, QUIET, type Seen, seenOf} from '../../src/alert/condition.js';

const RULE = {badForMs: 60, goodForMs: 120};

/** The phases after looks of these kinds, ten apart. */
function phases(looks: readonly Seen[], rule = RULE): string[] {
	let state: Condition = QUIET;
	return looks.map((seen, index) => {
		state = nextCondition(state, seen, rule, 1000 + 10 * index);
		return state.phase;
	});
}

function last(looks: readonly Seen[]): string | undefined {
	return phases(looks).at(-1);
}

const many = (seen: Seen, count: number): Seen[] => Array.from({length: count}, () => seen);

describe('a condition', () => {
	it('fires when it was bad for long enough, and not before', () => {
		expect(phases(many('bad', 8))).toEqual([...many('bad', 6).map(() => 'pending'), 'firing', 'firing']);
	});

	it('fires at once where no wait is wanted', () => {
		expect(phases(['bad'], {badForMs: 0, goodForMs: 0})).toEqual(['firing']);
	});

	it.each(['good', 'between'] as const)('that is %s for one look begins its wait anew', (seen) => {
		expect(last([...many('bad', 6), seen, ...many('bad', 6)])).toBe('pending');
	});

	it('resolves when it was good for long enough, and stays firing when it turns bad meanwhile', () => {
		const fired = many('bad', 7);
		expect(last([...fired, ...many('good', 12)])).toBe('resolving');
		expect(last([...fired, ...many('good', 13)])).toBe('quiet');
		expect(last([...fired, ...many('good', 10), 'bad', ...many('good', 10)])).toBe('resolving');
	});

	it('does not flap at its edge: between the lines it goes on firing', () => {
		expect(last([...many('bad', 7), ...many('between', 50)])).toBe('firing');
		expect(last([...many('bad', 7), ...many('good', 10), 'between', ...many('good', 10)])).toBe('resolving');
	});

	it('that nobody can tell neither fires nor resolves', () => {
		expect(last(many('unknown', 100))).toBe('quiet');
		expect(last(['bad', ...many('unknown', 100)])).toBe('pending');
		expect(last([...many('bad', 7), ...many('unknown', 100)])).toBe('firing');
		expect(last([...many('bad', 7), 'good', ...many('unknown', 100)])).toBe('resolving');
	});

	it('waits anew when the clock was set back, and never for ever', () => {
		const pending = nextCondition(QUIET, 'bad', RULE, 1_000_000);
		const back = nextCondition(pending, 'bad', RULE, 1000);
		expect(back.phase).toBe('pending');
		expect(nextCondition(back, 'bad', RULE, 1060).phase).toBe('firing');
	});

	it('tells of the beginning and of the end in turn, whatever is seen', () => {
		const seen = fc.constantFrom<Seen>('bad', 'between', 'good', 'unknown');
		fc.assert(
			fc.property(fc.array(fc.tuple(seen, fc.integer({min: 0, max: 100}))), (looks) => {
				let state: Condition = QUIET;
				let now = 0;
				for (const [kind, pause] of looks) {
					now += pause;
					const before = state;
					state = nextCondition(state, kind, RULE, now);
					if (isFiring(state) && !isFiring(before)) expect(kind).toBe('bad');
					if (!isFiring(state) && isFiring(before)) expect(kind).toBe('good');
				}
			}),
		);
	});

	it.each([
		[6, 'bad'],
		[5, 'between'],
		[4, 'between'],
		[3.9, 'good'],
		[null, 'unknown'],
		[Number.NaN, 'unknown'],
	] as const)('of the value %j is %s by its two lines', (value, seen) => {
		expect(seenOf(value, {badAbove: 5, goodBelow: 4})).toBe(seen);
	});
});
