import {type Db, MongoBulkWriteError, ObjectId} from 'mongodb';
import type {Logger} from 'pino';
import type {SecurityEvent, ShopEvents} from '../events.js';
import type {ShopHost} from '../shop.js';
import {scrub} from './scrub.js';

/** Something that whoever is responsible for security may want to see. */
export type SecurityRecord = {
	readonly _id: ObjectId;
	readonly at: Date;
	readonly kind: SecurityEvent['kind'];
	/** `{suppressed: n}`: as many more came than are kept one by one. */
	readonly detail: Readonly<Record<string, unknown>>;
	readonly instance: string;
};

export type SecurityLog = {
	/** Stores what came since the last time; what could not be stored is kept. @throws what the database throws */
	flush(): Promise<void>;
	close(): void;
};

export const SECURITY_EVENTS = 'security_events';
export const SECURITY_EVENTS_KEEP_SECONDS = 90 * 86_400;

/** Of one kind between two flushes: an attack shows in a hundred records as well as in a million. */
const MOST_OF_A_KIND = 100;
/** While the database is away. */
const MOST_KEPT = 2000;
const DUPLICATE_KEY = 11_000;

type Parts = {
	readonly db: Db;
	readonly events: ShopEvents;
	readonly instance: string;
	readonly logger: Logger | undefined;
	readonly host: ShopHost;
};

/** Writes the shop's security events to the log, marked `security: true`, and to `security_events` for ninety days. */
export function openSecurityLog({db, events, instance, logger, host}: Parts): SecurityLog {
	const collection = db.collection<SecurityRecord>(SECURITY_EVENTS);
	let kept: SecurityRecord[] = [];
	let seen = new Map<SecurityEvent['kind'], number>();

	const keep = (kind: SecurityEvent['kind'], detail: SecurityRecord['detail']) => {
		logger?.warn({security: true, kind, ...detail}, 'Security event');
		if (kept.length < MOST_KEPT) kept.push({_id: new ObjectId(), at: new Date(host.now()), kind, detail, instance});
	};
	const unsubscribe = events.subscribe((event) => {
		if (event.type !== 'security') return;
		const count = (seen.get(event.kind) ?? 0) + 1;
		seen.set(event.kind, count);
		if (count <= MOST_OF_A_KIND) keep(event.kind, scrub(event.detail, host.redact) as SecurityRecord['detail']);
	});
	return {
		async flush() {
			for (const [kind, count] of seen) {
				if (count > MOST_OF_A_KIND) keep(kind, {suppressed: count - MOST_OF_A_KIND});
			}
			seen = new Map();
			if (kept.length === 0) return;
			const records = kept;
			kept = [];
			try {
				await collection.insertMany(records, {ordered: false});
			} catch (error) {
				// Stored by a write whose answer was lost.
				if (isOnlyDuplicates(error)) return;
				kept = [...records, ...kept].slice(0, MOST_KEPT);
				throw error;
			}
		},
		close: unsubscribe,
	};
}

function isOnlyDuplicates(error: unknown): boolean {
	if (!(error instanceof MongoBulkWriteError)) return false;
	const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
	return failures.length > 0 && failures.every(({code}) => code === DUPLICATE_KEY);
}
