import type {Db} from 'mongodb';
import type {ShopHost} from '../shop.js';
import {within} from '../within.js';
import {openOwnCounts} from './own-counts.js';
import {openRollUpReader} from './roll-up-reader.js';
import {openRollUpStore} from './roll-up-store.js';
import type {Steps} from './windows.js';

export type History = Steps & {
	/** False where the database did not answer: only this process's own counts since its start are in it. */
	readonly isComplete: boolean;
};

/** What all processes of the shop have counted, through restarts. */
export type RollUps = {
	/** Random for each start. */
	readonly instance: string;
	/** Counts at once, in memory. */
	add(name: string, by?: number): void;
	/** Stores what changed; what could not be stored is kept for the next time. @throws what the database throws */
	flush(): Promise<void>;
	read(): Promise<History>;
};

/** A process that is killed loses what it counted in this time, no more. */
export const FLUSH_EVERY_MS = 10_000;

/** Whoever asks for metrics hears of this process at least, even while the database hangs. */
const READ_MS = 2000;

export function openRollUps(db: Db, version: string, host: ShopHost): RollUps {
	const instance = host.randomHex(6);
	const own = openOwnCounts(() => host.now());
	const store = openRollUpStore(db, {instance, version});
	const reader = openRollUpReader(store, host);

	return {
		instance,
		add: own.add,
		async flush() {
			const steps = own.takeChanged();
			try {
				await store.write(steps);
			} catch (error) {
				own.giveBack(steps);
				throw error;
			}
		},
		async read() {
			const others = await within(READ_MS, () => Promise.all([reader.read('minute'), reader.read('hour')])).catch(
				() => undefined,
			);
			return {
				minutes: [...own.steps('minute'), ...(others?.[0] ?? [])],
				hours: [...own.steps('hour'), ...(others?.[1] ?? [])],
				isComplete: others !== undefined,
			};
		},
	};
}
