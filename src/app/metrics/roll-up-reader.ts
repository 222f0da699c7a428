import type {Counts} from './counts.js';
import {ROLL_UPS, type RollUp, type RollUpStore, type StepKind} from './roll-up-store.js';

export type OtherStep = {readonly atMs: number; readonly counts: Counts};

export type RollUpReader = {
	/** The other processes' steps, at most some seconds old. @throws what the database throws */
	read(kind: StepKind): Promise<readonly OtherStep[]>;
};

/** Others write every ten seconds: to look more often shows nothing new. */
const MAX_AGE_MS = 5000;
/** What a process may still write late is read again each time; the whole only now and then. */
const OVERLAP_STEPS = 3;
const WHOLE_EVERY_MS = 600_000;

/** Keeps what was read, so that a page that looks every few seconds reads a few documents and not a month of them. */
export function openRollUpReader(
	store: Pick<RollUpStore, 'readOthers'>,
	host: {now(): number; monotonicMs(): number},
): RollUpReader {
	const views = {minute: openView('minute'), hour: openView('hour')};

	function openView(kind: StepKind) {
		const {spanMs, stepMs} = ROLL_UPS[kind];
		let known = new Map<string, OtherStep>();
		let readAtMs = Number.NEGATIVE_INFINITY;
		let wholeAtMs = Number.NEGATIVE_INFINITY;
		let pending: Promise<readonly OtherStep[]> | undefined;

		const refresh = async () => {
			const monotonic = host.monotonicMs();
			const now = host.now();
			const oldest = now - spanMs - stepMs;
			const isWhole = monotonic - wholeAtMs >= WHOLE_EVERY_MS;
			const found = await store.readOthers(kind, isWhole ? oldest : Math.max(oldest, now - OVERLAP_STEPS * stepMs));
			const next = isWhole ? new Map<string, OtherStep>() : new Map([...known].filter(([, {atMs}]) => atMs >= oldest));
			for (const document of found) next.set(document._id, stepOf(document));
			known = next;
			readAtMs = monotonic;
			if (isWhole) wholeAtMs = monotonic;
		};
		return async (): Promise<readonly OtherStep[]> => {
			if (host.monotonicMs() - readAtMs < MAX_AGE_MS) return [...known.values()];
			// Who asks while a look is under way gets that one's answer.
			pending ??= refresh()
				.then(() => [...known.values()])
				.finally(() => {
					pending = undefined;
				});
			return pending;
		};
	}

	return {read: (kind) => views[kind]()};
}

function stepOf({at, counts}: RollUp): OtherStep {
	return {atMs: at.getTime(), counts};
}
