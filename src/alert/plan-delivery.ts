import {type AlertEvent, RECEIVER_TRAITS, type ReceiverKind, type Severity} from '../ports/alerts/receiver.js';
import {isWorse} from './alert.js';
import {isFiring} from './condition.js';
import {isQuiet, type QuietHours} from './quiet-hours.js';
import {
	type AlertRecord,
	type DeliveredRecord,
	isDelivered,
	type NoticeRecord,
	type Silence,
	type StoredRecord,
	silenceIn,
} from './record.js';

export type DeliveryPolicy = {
	/** Who is told what, by name; a name may stand in several. */
	readonly routes: Readonly<Record<Severity, readonly string[]>>;
	readonly receivers: Readonly<Record<string, {readonly kind: ReceiverKind}>>;
	readonly quiet: QuietHours | undefined;
	readonly resendMs: number;
	/** After a receiver was given up: until it is tried again. */
	readonly failureRestMs: number;
};

export type PlannedItem =
	| {readonly kind: 'alert'; readonly event: AlertEvent; readonly record: AlertRecord}
	| {readonly kind: 'notice'; readonly record: NoticeRecord};

/** All that one receiver is to be told now. */
export type PlannedSend = {readonly receiver: string; readonly items: readonly PlannedItem[]};

export type DeliveryPlan = {
	readonly sends: readonly PlannedSend[];
	/** Over, and told to whom it concerns. */
	readonly forget: readonly DeliveredRecord[];
};

/** What is over is shown for a day, and for a week it is tried to tell it. */
const KEEP_ENDED_MS = 86_400_000;
const GIVE_UP_MS = 7 * KEEP_ENDED_MS;

/**
 * What is to be told now, from what is and what each receiver already knows. Whoever asks again, in this process or the
 * next, gets what is left: nothing is told twice that was taken, and nothing is lost that was not.
 */
export function planDelivery(
	records: readonly StoredRecord[],
	policy: DeliveryPolicy,
	nowMs: number,
	isInFlight: (key: string, receiver: string) => boolean = () => false,
): DeliveryPlan {
	const terms = {policy, silence: silenceIn(records), nowMs};
	const delivered = records.filter(isDelivered);
	const known = Object.keys(policy.receivers);
	const sends = known.flatMap((receiver): PlannedSend[] => {
		const items = delivered.flatMap((record): PlannedItem[] => {
			const claim = record.claims[receiver];
			if (isInFlight(record.key, receiver) || (claim !== undefined && claim.untilMs > nowMs)) return [];
			const item = itemFor(record, receiver, terms);
			return item === undefined || isResting(record, receiver, policy, nowMs) ? [] : [item];
		});
		return items.length === 0 ? [] : [{receiver, items: items.sort(byWeight)}];
	});
	const isSettled = (record: DeliveredRecord) =>
		!isKept(record, policy, nowMs) &&
		known.every((receiver) => !isInFlight(record.key, receiver) && itemFor(record, receiver, terms) === undefined);
	const forget = delivered.filter((record) => {
		const overMs = overFor(record, nowMs);
		return overMs >= GIVE_UP_MS || (overMs >= KEEP_ENDED_MS && isSettled(record));
	});
	return {sends, forget};
}

type Terms = {readonly policy: DeliveryPolicy; readonly silence: Silence | undefined; readonly nowMs: number};

function itemFor(record: DeliveredRecord, receiver: string, terms: Terms): PlannedItem | undefined {
	if (record.kind === 'notice') return isNoticeDue(record, receiver, terms) ? {kind: 'notice', record} : undefined;
	const event = eventFor(record, receiver, terms);
	return event === undefined ? undefined : {kind: 'alert', event, record};
}

function isNoticeDue({notice, told}: NoticeRecord, receiver: string, {policy, nowMs}: Terms): boolean {
	const {routes, receivers, quiet} = policy;
	const {severity = 'info'} = notice;
	if (!routes[severity].includes(receiver) || told[receiver] !== undefined) return false;
	return severity !== 'info' || traitsOf(receivers, receiver).hasSilentNotices || !isQuiet(nowMs, quiet);
}

function eventFor(record: AlertRecord, receiver: string, terms: Terms): AlertEvent | undefined {
	const {alert, condition} = record;
	const {policy, nowMs} = terms;
	const isHeld = alert.severity === 'info' && isQuiet(nowMs, policy.quiet);
	const isRouted = policy.routes[alert.severity].includes(receiver);
	const told = record.told[receiver];
	if (told?.state === 'firing') {
		// Over, or not so bad any more that this receiver would be told.
		if (!isFiring(condition) || !isRouted) return isHeld ? undefined : 'resolved';
		return stillFiring(record, receiver, {...terms, isHeld});
	}
	if (!isRouted || isHeld) return undefined;
	if (!isFiring(condition)) return hasPassedUnseen(record, receiver, terms) ? 'resolved' : undefined;
	if (isSilenced(record, terms, nowMs)) return undefined;
	return isAcked(record, nowMs) && !traitsOf(policy.receivers, receiver).needsHeartbeat ? undefined : 'firing';
}

function stillFiring(
	record: AlertRecord,
	receiver: string,
	{isHeld, ...terms}: Terms & {readonly isHeld: boolean},
): AlertEvent | undefined {
	const {policy, nowMs} = terms;
	const {alert, ack} = record;
	const told = record.told[receiver];
	if (told === undefined || isHeld) return undefined;
	const {needsHeartbeat, takesAcks} = traitsOf(policy.receivers, receiver);
	const isDue = nowMs - told.atMs >= policy.resendMs;
	if (needsHeartbeat) return isWorse(alert.severity, told.severity) ? 'worse' : isDue ? 'again' : undefined;
	if (isSilenced(record, terms, nowMs)) return undefined;
	if (isWorse(alert.severity, told.severity)) return 'worse';
	if (isAcked(record, nowMs)) {
		const isNews = ack !== null && (told.ackedAtMs === null || told.ackedAtMs < ack.atMs);
		return isNews && takesAcks ? 'acknowledged' : undefined;
	}
	const isAckOver = ack !== null && ack.untilMs <= nowMs && told.atMs < ack.untilMs;
	return isDue || isAckOver ? 'again' : undefined;
}

/**
 * It began and ended before this receiver could be told: in quiet hours, or while whoever was to tell it was dead. What a
 * silence covered stays untold.
 */
function hasPassedUnseen(record: AlertRecord, receiver: string, terms: Terms): boolean {
	const {firedAtMs, endedAtMs, told} = record;
	if (firedAtMs === null || endedAtMs === null || isSilenced(record, terms, firedAtMs)) return false;
	const known = told[receiver];
	return known === undefined || known.atMs < firedAtMs;
}

function isSilenced({alert}: AlertRecord, {silence}: Terms, atMs: number): boolean {
	if (silence === undefined || alert.passesSilence === true) return false;
	return atMs >= silence.sinceMs && atMs < silence.untilMs;
}

function isAcked({ack}: AlertRecord, nowMs: number): boolean {
	return ack !== null && ack.untilMs > nowMs;
}

function isResting({failed}: DeliveredRecord, receiver: string, {failureRestMs}: DeliveryPolicy, nowMs: number) {
	const failedAtMs = failed[receiver];
	return failedAtMs !== undefined && nowMs - failedAtMs < failureRestMs;
}

/** How long nothing has been wrong any more; negative while it is. */
function overFor(record: DeliveredRecord, nowMs: number): number {
	if (record.kind === 'notice') return nowMs - record.atMs;
	if (record.condition.phase !== 'quiet') return -1;
	// It was only ever pending.
	return record.endedAtMs === null ? GIVE_UP_MS : nowMs - record.endedAtMs;
}

/** Something info that waits for the end of quiet hours, however long. */
function isKept(record: DeliveredRecord, {routes, quiet}: DeliveryPolicy, nowMs: number): boolean {
	if (!isQuiet(nowMs, quiet)) return false;
	const severity = record.kind === 'notice' ? (record.notice.severity ?? 'info') : record.alert.severity;
	return severity === 'info' && routes.info.some((receiver) => record.told[receiver] === undefined);
}

function traitsOf(receivers: DeliveryPolicy['receivers'], name: string) {
	return RECEIVER_TRAITS[receivers[name]?.kind ?? 'webhook'];
}

/** What is worst first, what is over after what is not, and what just happened last. */
function byWeight(a: PlannedItem, b: PlannedItem): number {
	return weightOf(a) - weightOf(b) || (a.record.key < b.record.key ? -1 : 1);
}

function weightOf(item: PlannedItem): number {
	if (item.kind === 'notice') return 9;
	const bySeverity = {critical: 0, warning: 1, info: 2}[item.record.alert.severity];
	return bySeverity + (item.event === 'resolved' ? 3 : item.event === 'acknowledged' ? 6 : 0);
}
