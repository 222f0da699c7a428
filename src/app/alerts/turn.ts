import {TURN_KEY, type TurnRecord} from '../../alert/record.js';
import {type AlertStore, changeRecord} from '../../alert/store.js';

/** Which of several processes looks and tells; the others need not. */
export type Turn = {
	/** Whether it is ours now. @throws what the store throws */
	isOurs(): Promise<boolean>;
	/** Lets another one begin at once. */
	giveBack(): Promise<void>;
};

/** A process that was killed is followed after this time. */
const TURN_MS = 40_000;

export function openTurn(store: AlertStore, self: string, host: {now(): number}): Turn {
	let untilMs = 0;
	const take = async (turn: TurnRecord['turn']) =>
		changeRecord<TurnRecord>(store, TURN_KEY, (known) => {
			const held = known?.turn;
			if (held && held.by !== self && held.untilMs > host.now()) return undefined;
			return {kind: 'turn', key: TURN_KEY, version: known?.version ?? 0, turn};
		});
	return {
		async isOurs() {
			const now = host.now();
			// Written again only when half of it is over.
			if (untilMs - now > TURN_MS / 2) return true;
			const record = await take({by: self, untilMs: now + TURN_MS});
			untilMs = record?.turn?.by === self ? record.turn.untilMs : 0;
			return untilMs > now;
		},
		async giveBack() {
			if (untilMs <= host.now()) return;
			untilMs = 0;
			await take(null);
		},
	};
}
