import type {Severity} from '../ports/alerts/receiver.js';
import type {Alert, Notice} from './alert.js';
import type {Condition} from './condition.js';

/** What one receiver was last told of something, and has taken. */
export type Told = {
	readonly state: 'firing' | 'resolved';
	readonly severity: Severity;
	readonly atMs: number;
	/** When it was told that somebody is at it. */
	readonly ackedAtMs: number | null;
};

/** Who is about to tell a receiver; until then nobody else does. */
export type Claim = {readonly by: string; readonly untilMs: number};

export type Ack = {
	readonly by: string;
	readonly atMs: number;
	readonly untilMs: number;
	/** What it was then: something worse is news again. */
	readonly severity: Severity;
};

type Deliveries = {
	/** By the receiver's name. */
	readonly told: Readonly<Record<string, Told>>;
	readonly claims: Readonly<Record<string, Claim>>;
	/** When it was last given up to reach them. */
	readonly failed: Readonly<Record<string, number>>;
};

type Stored = {
	readonly key: string;
	/** Grows with each write; 0 was never written. */
	readonly version: number;
};

/** Something that is wrong, or was, and who knows of it. */
export type AlertRecord = Stored &
	Deliveries & {
		readonly kind: 'alert';
		/** As it was last seen bad. */
		readonly alert: Alert;
		readonly condition: Condition;
		/** When it began to fire the last time; null where it never has. */
		readonly firedAtMs: number | null;
		/** When it ended; null where it has not. */
		readonly endedAtMs: number | null;
		readonly ack: Ack | null;
	};

/** Something that happened, and who knows of it. */
export type NoticeRecord = Stored &
	Deliveries & {readonly kind: 'notice'; readonly notice: Notice; readonly atMs: number};

/** In this time only what passes a silence is told. It is remembered when it is over: what it covered stays untold. */
export type Silence = {
	readonly sinceMs: number;
	readonly untilMs: number;
	readonly why: string;
	readonly by: string;
};

/** At most one of each: a silence, whose turn it is, what is remembered by name. */
export type SilenceRecord = Stored & {readonly kind: 'silence'; readonly silence: Silence | null};
export type TurnRecord = Stored & {readonly kind: 'turn'; readonly turn: Claim | null};
export type MemoRecord = Stored & {readonly kind: 'memo'; readonly memo: unknown};

export type StoredRecord = AlertRecord | NoticeRecord | SilenceRecord | TurnRecord | MemoRecord;
export type DeliveredRecord = AlertRecord | NoticeRecord;

export const SILENCE_KEY = 'silence';
export const TURN_KEY = 'turn';

export function isDelivered(record: StoredRecord): record is DeliveredRecord {
	return record.kind === 'alert' || record.kind === 'notice';
}

/** The last silence, over or not. */
export function silenceIn(records: readonly StoredRecord[]): Silence | undefined {
	return records.find((record) => record.kind === 'silence')?.silence ?? undefined;
}
