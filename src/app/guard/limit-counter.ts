import type {Collection, Db} from 'mongodb';
import type {Host} from '../../kernel/host.js';
import {within} from '../within.js';

export type Counted = {
	/** Requests in the window so far, this one included. */
	readonly current: number;
	/** Until the window ends. */
	readonly ttlMs: number;
};

/** Counts requests by key in windows of fixed length, together with every other worker of the shop. */
export type LimitCounter = {
	/** Asks the database each time: exact over all workers. Where it does not answer, this worker's count holds. */
	countExactly(key: string, windowMs: number): Promise<Counted>;
	/** Costs no round trip: what the others counted is known up to a flush late. */
	count(key: string, windowMs: number): Counted;
	/** Tells the others what was counted here, and learns theirs. */
	flush(): Promise<void>;
};

type Window = {readonly endsAtMs: number; shared: number; unsent: number};
type StoredWindow = {readonly _id: string; readonly count: number; readonly expiresAt: Date};

export const LIMIT_COLLECTION = 'rate_limits';

/** A flood of addresses must not fill the memory: the oldest are forgotten, as if they had not asked. */
const MOST_KEYS = 20_000;
/** Of a flush: what is beyond is sent by the next. */
const MOST_SENT = 500;
const TIMEOUT_MS = 1000;
const DUPLICATE_KEY = 11_000;

/** @param options `timeoutMs`: how long the database may take; what it counts after that is counted twice. @default 1000 */
export function openLimitCounter(
	db: Db,
	host: Pick<Host, 'now'>,
	{timeoutMs = TIMEOUT_MS}: {readonly timeoutMs?: number} = {},
): LimitCounter {
	const stored = db.collection<StoredWindow>(LIMIT_COLLECTION);
	const windows = new Map<string, Window>();

	const windowOf = (key: string, windowMs: number): {readonly id: string; readonly window: Window} => {
		const number = Math.floor(host.now() / windowMs);
		const id = `${key}:${windowMs}:${number}`;
		let window = windows.get(id);
		if (window === undefined) {
			window = {endsAtMs: (number + 1) * windowMs, shared: 0, unsent: 0};
			windows.set(id, window);
			if (windows.size > MOST_KEYS) forgetOldest(windows);
		}
		return {id, window};
	};
	const counted = ({shared, unsent, endsAtMs}: Window): Counted => ({
		current: shared + unsent,
		ttlMs: Math.max(0, endsAtMs - host.now()),
	});

	const send = async (id: string, window: Window): Promise<void> => {
		const sending = window.unsent;
		// At once, so that whoever sends meanwhile does not send the same again; until the answer they count as known.
		window.unsent = 0;
		window.shared += sending;
		try {
			const found = await addTo(stored, id, {by: sending, expiresAt: new Date(window.endsAtMs), timeoutMs});
			// Answers overtake each other, and a count only grows.
			window.shared = Math.max(window.shared, found);
		} catch (error) {
			window.shared -= sending;
			window.unsent += sending;
			throw error;
		}
	};

	return {
		async countExactly(key, windowMs) {
			const {id, window} = windowOf(key, windowMs);
			window.unsent++;
			await send(id, window).catch(() => undefined);
			return counted(window);
		},
		count(key, windowMs) {
			const {window} = windowOf(key, windowMs);
			window.unsent++;
			return counted(window);
		},
		async flush() {
			const now = host.now();
			for (const [id, {endsAtMs}] of windows) if (endsAtMs <= now) windows.delete(id);
			const unsent = [...windows].filter(([, window]) => window.unsent > 0).slice(0, MOST_SENT);
			await Promise.all(unsent.map(([id, window]) => send(id, window)));
		},
	};
}

async function addTo(
	stored: Collection<StoredWindow>,
	id: string,
	{by, expiresAt, timeoutMs}: {readonly by: number; readonly expiresAt: Date; readonly timeoutMs: number},
): Promise<number> {
	const add = () =>
		within(timeoutMs, () =>
			stored.findOneAndUpdate(
				{_id: id},
				{$inc: {count: by}, $setOnInsert: {expiresAt}},
				{upsert: true, returnDocument: 'after', projection: {count: 1}},
			),
		);
	// Two workers that begin a window at once both insert; the one that loses adds to the other's.
	const found = await add().catch((error: unknown) => {
		if ((error as {code?: unknown}).code === DUPLICATE_KEY) return add();
		throw error;
	});
	return found?.count ?? by;
}

function forgetOldest(windows: Map<string, Window>): void {
	const oldest = windows.keys().next();
	if (!oldest.done) windows.delete(oldest.value);
}
