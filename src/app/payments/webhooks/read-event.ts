import {createHash} from 'node:crypto';
import * as z from 'zod';
import type {WebhookEvent} from '../../documents.js';

/** What is known of an event when it comes: enough to keep it and to tell it from others, not yet that it makes sense. */
export type ReadEvent = Pick<WebhookEvent, '_id' | 'subject' | 'bodyHash' | 'event' | 'payload'> & {
	/** Seconds since the epoch; undefined where the event does not say. */
	readonly createdAt: number | undefined;
};

const envelope = z.object({
	event: z.string().regex(/^[a-z0-9_.]{1,64}$/),
	created_at: z.int().positive().optional().catch(undefined),
	payload: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

const KEPT = ['id', 'order_id', 'payment_id', 'amount', 'amount_refunded', 'currency', 'status'] as const;
const EVENT_ID = /^[\w.-]{1,64}$/;

/** Reads a body whose signature has been verified; undefined for what is no event. */
export function readEvent(body: Uint8Array, idHeader: unknown): ReadEvent | undefined {
	const {data} = envelope.safeParse(parse(body));
	if (data === undefined) return undefined;
	const {event, created_at: createdAt, payload = {}} = data;
	const kept = Object.fromEntries(
		(['payment', 'refund', 'order'] as const).flatMap((name) => {
			const entity = readEntity(payload[name]);
			return entity === undefined ? [] : [[name, entity] as const];
		}),
	);
	const bodyHash = createHash('sha256').update(body).digest('hex');
	const id = kept[event.split('.')[0] ?? '']?.['id'];
	const subject = `${event}:${typeof id === 'string' ? id : bodyHash}`;
	// The header is not signed and may be missing; without it the same bytes are the same event.
	const _id = typeof idHeader === 'string' && EVENT_ID.test(idHeader) ? idHeader : `${subject}:${bodyHash}`;
	return {_id, subject, bodyHash, event, payload: kept, createdAt};
}

function parse(body: Uint8Array): unknown {
	try {
		return JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(body));
	} catch {
		return undefined;
	}
}

type Scalars = Readonly<Record<string, string | number>>;

/** Of an entity only what the shop works with: customers' addresses and cards are not ours to keep. */
function readEntity(holder: unknown): Scalars | undefined {
	const entity = z.object({entity: z.record(z.string(), z.unknown())}).safeParse(holder).data?.entity;
	if (entity === undefined) return undefined;
	const kept: Record<string, string | number> = {};
	for (const key of KEPT) {
		const value = Object.hasOwn(entity, key) ? entity[key] : undefined;
		if (typeof value === 'string') kept[key] = value.slice(0, 100);
		if (typeof value === 'number') kept[key] = value;
	}
	return kept;
}
