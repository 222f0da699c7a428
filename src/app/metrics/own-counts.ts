import {HOUR_MS, MINUTE_MS} from '../../slo/windows.js';
import type {Counts, Sum} from './counts.js';

/** A minute or an hour of this process. */
export type OwnStep = {readonly kind: 'minute' | 'hour'; readonly atMs: number; readonly counts: Counts};

/** What this process has counted, by minute and by hour, as far back as the windows reach. */
export type OwnCounts = {
	add(name: string, by?: number): void;
	steps(kind: OwnStep['kind']): OwnStep[];
	/** Those that changed since they were taken last. Give them back where they could not be stored. */
	takeChanged(): OwnStep[];
	giveBack(steps: readonly OwnStep[]): void;
};

/** Six hours of minutes and thirty days of hours, and one step that has just begun. */
const MOST = {minute: 361, hour: 721} as const;

/** Memory stays bounded whatever happens: the oldest step goes when there are too many. */
export function openOwnCounts(now: () => number): OwnCounts {
	const minutes = openSteps('minute', MINUTE_MS);
	const hours = openSteps('hour', HOUR_MS);
	return {
		add(name, by = 1) {
			const nowMs = now();
			minutes.add(nowMs, name, by);
			hours.add(nowMs, name, by);
		},
		steps: (kind) => (kind === 'minute' ? minutes : hours).all(),
		takeChanged: () => [...minutes.takeChanged(), ...hours.takeChanged()],
		giveBack(steps) {
			for (const {kind, atMs} of steps) (kind === 'minute' ? minutes : hours).markChanged(atMs);
		},
	};
}

function openSteps(kind: OwnStep['kind'], lengthMs: number) {
	const steps = new Map<number, Sum>();
	const changed = new Set<number>();
	const view = (atMs: number): OwnStep => ({kind, atMs, counts: {...steps.get(atMs)}});

	const stepAt = (atMs: number): Sum => {
		const known = steps.get(atMs);
		if (known) return known;
		const fresh: Sum = {};
		steps.set(atMs, fresh);
		if (steps.size > MOST[kind]) forget(Math.min(...steps.keys()));
		return fresh;
	};
	const forget = (atMs: number) => {
		steps.delete(atMs);
		changed.delete(atMs);
	};
	return {
		add(nowMs: number, name: string, by: number) {
			const atMs = Math.floor(nowMs / lengthMs) * lengthMs;
			const step = stepAt(atMs);
			step[name] = (step[name] ?? 0) + by;
			// A step too old to be kept is gone already.
			if (steps.has(atMs)) changed.add(atMs);
		},
		all: () => [...steps.keys()].map(view),
		takeChanged() {
			const taken = [...changed].map(view);
			changed.clear();
			return taken;
		},
		markChanged(atMs: number) {
			if (steps.has(atMs)) changed.add(atMs);
		},
	};
}
