/**
 * What one look says of a condition. `between`: no longer bad, not yet good, which is what keeps a value at the edge from
 * flapping. `unknown`: nobody can tell, which proves neither.
 */
export type Seen = 'bad' | 'between' | 'good' | 'unknown';

/** Where a condition stands. Times are milliseconds since the epoch. */
export type Condition =
	| {readonly phase: 'quiet'}
	/** Bad since then, not yet for long enough. */
	| {readonly phase: 'pending'; readonly badSinceMs: number}
	| {readonly phase: 'firing'; readonly badSinceMs: number; readonly firedAtMs: number}
	/** Good since then, not yet for long enough. */
	| {
			readonly phase: 'resolving';
			readonly badSinceMs: number;
			readonly firedAtMs: number;
			readonly goodSinceMs: number;
	  };

export type ConditionRule = {
	/** How long it must be bad before anybody is told. */
	readonly badForMs: number;
	/** How long it must be good before that is told. */
	readonly goodForMs: number;
};

export const QUIET: Condition = {phase: 'quiet'};

/**
 * Where a condition stands after a look. A look that cannot tell changes nothing: neither does it fire what is pending, nor
 * resolve what fires. A clock that was set back begins the wait anew.
 */
export function nextCondition(state: Condition, seen: Seen, rule: ConditionRule, nowMs: number): Condition {
	switch (state.phase) {
		case 'quiet':
			return seen === 'bad' ? pendingOrFiring(nowMs, rule, nowMs) : state;
		case 'pending':
			if (seen === 'unknown') return state;
			return seen === 'bad' ? pendingOrFiring(Math.min(state.badSinceMs, nowMs), rule, nowMs) : QUIET;
		case 'firing':
			return seen === 'good' ? resolvingOrQuiet(state, nowMs, rule, nowMs) : state;
		case 'resolving': {
			const {badSinceMs, firedAtMs} = state;
			if (seen === 'unknown') return state;
			if (seen !== 'good') return {phase: 'firing', badSinceMs, firedAtMs};
			return resolvingOrQuiet(state, Math.min(state.goodSinceMs, nowMs), rule, nowMs);
		}
		default:
			return state satisfies never;
	}
}

/** Whether somebody is to be told. */
export function isFiring(state: Condition): state is Condition & {readonly phase: 'firing' | 'resolving'} {
	return state.phase === 'firing' || state.phase === 'resolving';
}

/** A value against two lines: bad beyond the one, good only on this side of the other. */
export function seenOf(value: number | null, {badAbove, goodBelow}: {badAbove: number; goodBelow: number}): Seen {
	if (value === null || Number.isNaN(value)) return 'unknown';
	if (value > badAbove) return 'bad';
	return value < goodBelow ? 'good' : 'between';
}

function pendingOrFiring(badSinceMs: number, {badForMs}: ConditionRule, nowMs: number): Condition {
	return nowMs - badSinceMs >= badForMs
		? {phase: 'firing', badSinceMs, firedAtMs: nowMs}
		: {phase: 'pending', badSinceMs};
}

function resolvingOrQuiet(
	{badSinceMs, firedAtMs}: {readonly badSinceMs: number; readonly firedAtMs: number},
	goodSinceMs: number,
	{goodForMs}: ConditionRule,
	nowMs: number,
): Condition {
	return nowMs - goodSinceMs >= goodForMs ? QUIET : {phase: 'resolving', badSinceMs, firedAtMs, goodSinceMs};
}
