import type {StoredRecord} from './record.js';

/** Where it is kept what is wrong and who knows of it. Several processes may share one. */
export type AlertStore = {
	/** For people: `.sastaops/alerts`. */
	readonly title: string;
	read(): Promise<readonly StoredRecord[]>;
	/**
	 * Writes a record in the place of the one it was made from, told by its version; 0 is none. Resolves with what is stored
	 * now, or with undefined where somebody was faster: read again.
	 */
	write<R extends StoredRecord>(next: R): Promise<R | undefined>;
	/** Forgets a record, unless somebody has changed it. */
	remove(record: StoredRecord): Promise<void>;
};

/** Tries to change one record until nobody was faster; `change` gives undefined, or what it got, where there is nothing to do. */
export async function changeRecord<R extends StoredRecord>(
	store: AlertStore,
	key: string,
	change: (record: R | undefined) => R | undefined,
): Promise<R | undefined> {
	for (let attempt = 1; ; attempt++) {
		const record = (await store.read()).find((found) => found.key === key) as R | undefined;
		const next = change(record);
		if (next === undefined || next === record) return record;
		const written = await store.write(next);
		if (written !== undefined) return written;
		if (attempt >= MOST_ATTEMPTS) throw new Error(`${store.title}: ${key} is changed by others again and again`);
	}
}

const MOST_ATTEMPTS = 50;
