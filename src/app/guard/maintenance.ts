import type {Db} from 'mongodb';
import {CONTROL_COLLECTION} from '../../kernel/control-collection.js';
import type {Host} from '../../kernel/host.js';
import {within} from '../within.js';

export type MaintenanceState = {
	readonly on: boolean;
	readonly reason: string | undefined;
	readonly since: Date | undefined;
};

export type Maintenance = {
	/** Never older than a quarter of a second. */
	read(): Promise<MaintenanceState>;
};

type Switch = {readonly _id: string; readonly on?: unknown; readonly reason?: unknown; readonly since?: unknown};

/** The contract allows a second; a crowd of writes still costs only four reads in it. */
const MAX_AGE_MS = 250;

const OFF: MaintenanceState = {on: false, reason: undefined, since: undefined};

/** Reads the switch when it is asked for, so that no write slips through between two looks of a timer. */
export function openMaintenance(db: Db, host: Pick<Host, 'monotonicMs'>): Maintenance {
	const control = db.collection<Switch>(CONTROL_COLLECTION);
	let last: {readonly atMs: number; readonly state: Promise<MaintenanceState>} | undefined;
	return {
		read() {
			const now = host.monotonicMs();
			if (last !== undefined && now - last.atMs < MAX_AGE_MS) return last.state;
			const state = within(1000, (signal) => control.findOne({_id: 'maintenance'}, {signal})).then(stateOf);
			last = {atMs: now, state};
			// A failed look is not remembered: the next one asks again.
			state.catch(() => {
				if (last?.state === state) last = undefined;
			});
			return state;
		},
	};
}

function stateOf(found: Switch | null): MaintenanceState {
	if (found?.on !== true) return OFF;
	return {
		on: true,
		reason: typeof found.reason === 'string' ? found.reason : undefined,
		since: found.since instanceof Date ? found.since : undefined,
	};
}
