import type {Alert, Notice} from './alert.js';
import {makeNoticeRecord, observeInto} from './change-record.js';
import type {ConditionRule, Seen} from './condition.js';
import {
	type AlertRecord,
	type NoticeRecord,
	SILENCE_KEY,
	type Silence,
	type SilenceRecord,
	type StoredRecord,
} from './record.js';
import {type AlertStore, changeRecord} from './store.js';

/** What somebody has said, until it is in a store. */
export type Intent =
	| {
			readonly kind: 'observe';
			readonly alert: Alert;
			readonly seen: Seen;
			readonly rule: ConditionRule;
			readonly atMs: number;
	  }
	| {readonly kind: 'resolve'; readonly key: string; readonly atMs: number}
	| {readonly kind: 'notice'; readonly notice: Notice; readonly atMs: number}
	| {readonly kind: 'silence'; readonly silence: Silence};

const AT_ONCE: ConditionRule = {badForMs: 0, goodForMs: 0};

/** What it is about: of one thing only the latest word counts. */
export function intentKey(intent: Intent): string {
	switch (intent.kind) {
		case 'observe':
			return intent.alert.key;
		case 'notice':
			return intent.notice.key;
		case 'resolve':
			return intent.key;
		case 'silence':
			return SILENCE_KEY;
		default:
			return intent satisfies never;
	}
}

/** Whether it changes nothing where nothing is known of the thing. */
export function endsSomething(intent: Intent): boolean {
	return intent.kind === 'resolve' || (intent.kind === 'observe' && intent.seen !== 'bad');
}

/** Writes it down. @throws what the store throws */
export async function applyIntent(intent: Intent, known: readonly StoredRecord[], store: AlertStore): Promise<void> {
	const key = intentKey(intent);
	const record = known.find((found) => found.key === key);
	const next = nextRecord(intent, record);
	if (next === undefined || next === record) return;
	if ((await store.write(next)) !== undefined) return;
	await changeRecord(store, key, (latest) => nextRecord(intent, latest));
}

function nextRecord(intent: Intent, record: StoredRecord | undefined): StoredRecord | undefined {
	switch (intent.kind) {
		case 'observe':
			return observeInto(asAlert(record), intent, intent.atMs);
		case 'resolve': {
			const known = asAlert(record);
			return known && observeInto(known, {alert: known.alert, seen: 'good', rule: AT_ONCE}, intent.atMs);
		}
		case 'notice':
			// It was said before.
			return record === undefined ? makeNoticeRecord(intent.notice, intent.atMs) : (record as NoticeRecord);
		case 'silence': {
			const version = record?.version ?? 0;
			return {kind: 'silence', key: SILENCE_KEY, version, silence: intent.silence} satisfies SilenceRecord;
		}
		default:
			return intent satisfies never;
	}
}

function asAlert(record: StoredRecord | undefined): AlertRecord | undefined {
	return record?.kind === 'alert' ? record : undefined;
}
