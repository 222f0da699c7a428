import {SastaError} from '../kernel/errors.js';
import {acknowledge} from './change-record.js';
import {isFiring} from './condition.js';
import {type AlertList, listAlerts, type NamedStore} from './list-alerts.js';
import type {Ack, AlertRecord} from './record.js';
import {changeRecord} from './store.js';

/**
 * Says that somebody is at it: it is not told again until their time is up, it gets worse, or it ends.
 * @param typed its key, or the end of it where that fits one only: `payment_success:alarm`
 * @throws SastaError ALERT_NOT_FIRING, ALERT_AMBIGUOUS
 */
export async function acknowledgeAlert(
	stores: readonly NamedStore[],
	typed: string,
	ack: Omit<Ack, 'severity'>,
): Promise<AlertRecord> {
	const list = await listAlerts(stores, ack.atMs);
	const key = keyOf(list, typed);
	let acked: AlertRecord | undefined;
	for (const {store} of list.firing.filter(({record}) => record.key === key)) {
		const record = await changeRecord<AlertRecord>(store, key, (known) =>
			known !== undefined && isFiring(known.condition) ? acknowledge(known, ack) : undefined,
		);
		if (record !== undefined && isFiring(record.condition)) acked = record;
	}
	if (acked === undefined) throw notFiring(typed, list);
	return acked;
}

function keyOf(list: AlertList, typed: string): string {
	const keys = [...new Set(list.firing.map(({record}) => record.key))];
	const fitting = keys.filter((key) => key === typed || key.endsWith(`:${typed}`));
	const [key] = fitting;
	if (key === undefined) throw notFiring(typed, list);
	if (fitting.length === 1 || keys.includes(typed)) return keys.includes(typed) ? typed : key;
	throw new SastaError('ALERT_AMBIGUOUS', `${typed} fits ${fitting.length} alerts`, {
		details: fitting,
		hint: 'Type the whole key',
	});
}

function notFiring(typed: string, {unread}: AlertList): SastaError {
	return new SastaError('ALERT_NOT_FIRING', `No alert ${typed} is firing`, {
		details: unread.map((words) => `could not be read: ${words}`),
		hint: 'See those that are: sastaops alert list',
	});
}
