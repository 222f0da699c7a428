import {createHash} from 'node:crypto';
import type {Host} from '../kernel/host.js';
import type {Delivery, DeliveryItem} from '../ports/alerts/receiver.js';
import {tidy} from './alert.js';
import {withClaim, withFailure, withTold} from './change-record.js';
import type {DeadLetters} from './dead-letters.js';
import type {Receivers} from './open-receivers.js';
import type {Job, Outcome} from './outbox.js';
import {type DeliveryPolicy, type PlannedItem, planDelivery} from './plan-delivery.js';
import type {AlertRecord, Claim, DeliveredRecord, NoticeRecord, silenceIn} from './record.js';
import {type AlertStore, changeRecord} from './store.js';

export type DeliveryHost = Pick<Host, 'now' | 'redact'> & Partial<Pick<Host, 'fault'>>;

export type DeliveryTerms = {
	readonly store: AlertStore;
	readonly receivers: Receivers;
	readonly policy: DeliveryPolicy;
	readonly service: string;
	readonly environment: string;
	/** Who we are among those who may send. */
	readonly self: string;
	readonly deadLetters: DeadLetters;
	readonly log: (level: 'debug' | 'warn', message: string) => void;
};

/** Longer than one try takes; whoever died before its end leaves it to the next. */
export const CLAIM_MS = 30_000;

/**
 * The job of telling one receiver of some records: claims what is still to be told, sends it, writes down what was taken.
 * Before each try it looks anew, so that what was resolved meanwhile is told as such.
 */
export async function makeJob(
	{receiver: name, keys}: {readonly receiver: string; readonly keys: ReadonlySet<string>},
	terms: DeliveryTerms,
	host: DeliveryHost,
): Promise<Job> {
	const {store, receivers, policy, self, deadLetters, log} = terms;
	const receiver = await receivers.open(name);
	let claimed: readonly PlannedItem[] = [];

	const settle = async (item: PlannedItem, outcome: Outcome): Promise<void> => {
		await changeRecord<DeliveredRecord>(store, item.record.key, (record) => {
			if (record === undefined) return undefined;
			const now = host.now();
			if (outcome.kind === 'given-up') return withFailure(record, name, now);
			if (outcome.kind === 'left') return withClaim(record, name, {by: self, untilMs: 0});
			return withTold(record, name, toldOf(item, now));
		});
	};
	return {
		receiver,
		async prepare() {
			const records = await store.read();
			const ours = records.filter((record) => keys.has(record.key) || record === silenceRecordOf(records));
			// A claim of our own from the try before is no reason to wait.
			const isOurs = ({by}: Claim) => by === self;
			const plan = planDelivery(
				ours.map((record) => withoutClaim(record, name, isOurs)),
				policyFor(policy, name),
				host.now(),
			);
			const wanted = plan.sends[0]?.items ?? [];
			claimed = (await Promise.all(wanted.map((item) => claim(item, {store, name, self}, host)))).filter(
				(item) => item !== undefined,
			);
			if (claimed.length === 0) return undefined;
			await host.fault?.('alert.claimed');
			return deliveryOf(claimed, name, terms, host);
		},
		async done(outcome, delivery) {
			if (outcome === undefined) return;
			await host.fault?.('alert.sent');
			const what = claimed.map(({record}) => record.key).join(', ');
			if (outcome.kind === 'taken') log('debug', `Told ${name} of ${what}: ${outcome.answer}`);
			else if (outcome.kind === 'left') log('warn', `${name} was not told of ${what} yet: ${outcome.why}`);
			else {
				if (delivery !== undefined) await deadLetters.add(name, outcome.why, delivery);
				log('warn', `${name} could not be told of ${what}: ${outcome.why}; it stands in ${deadLetters.file}`);
			}
			for (const item of claimed) await settle(item, outcome);
		},
	};
}

/** Undefined where somebody else is at it, or has told it meanwhile. Other receivers' claims are no reason to lose. */
async function claim(
	item: PlannedItem,
	{store, name, self}: {readonly store: AlertStore; readonly name: string; readonly self: string},
	host: DeliveryHost,
): Promise<PlannedItem | undefined> {
	const planned = item.record.told[name];
	const isStillDue = ({told, claims}: DeliveredRecord): boolean => {
		const held = claims[name];
		const isHeld = held !== undefined && held.by !== self && held.untilMs > host.now();
		return !isHeld && told[name]?.atMs === planned?.atMs && told[name]?.state === planned?.state;
	};
	let isOurs = false;
	const record = await changeRecord<DeliveredRecord>(store, item.record.key, (latest) => {
		isOurs = latest !== undefined && isStillDue(latest);
		return isOurs && latest ? withClaim(latest, name, {by: self, untilMs: host.now() + CLAIM_MS}) : undefined;
	});
	return isOurs && record !== undefined ? ({...item, record} as PlannedItem) : undefined;
}

function deliveryOf(
	items: readonly PlannedItem[],
	receiver: string,
	{service, environment, policy}: DeliveryTerms,
	host: DeliveryHost,
): Delivery {
	return {
		id: deliveryId(items, receiver),
		service,
		environment,
		sentAtMs: host.now(),
		resendMs: policy.resendMs,
		isTest: false,
		items: items.map((item) =>
			item.kind === 'notice' ? noticeItem(item.record, host) : alertItem(item.record, item.event, receiver, host),
		),
	};
}

function noticeItem({notice, atMs}: NoticeRecord, host: DeliveryHost): DeliveryItem {
	return {kind: 'notice', message: {...tidy(notice, host.redact), severity: notice.severity ?? 'info'}, atMs};
}

function alertItem(
	record: AlertRecord,
	event: (PlannedItem & {readonly kind: 'alert'})['event'],
	receiver: string,
	host: DeliveryHost,
): DeliveryItem {
	const {alert, firedAtMs, endedAtMs, ack, told} = record;
	const {passesSilence: _passesSilence, ...message} = tidy(alert, host.redact);
	const toldSeverity = told[receiver]?.severity;
	return {
		kind: 'alert',
		event,
		message,
		sinceMs: firedAtMs ?? host.now(),
		...(event === 'resolved' ? {endedMs: endedAtMs ?? host.now()} : {}),
		...(toldSeverity === undefined || toldSeverity === message.severity ? {} : {toldSeverity}),
		...(event === 'acknowledged' && ack !== null ? {ack: {by: ack.by, untilMs: ack.untilMs}} : {}),
	};
}

/** The same for whoever sends the same: a receiver can tell what came twice. */
function deliveryId(items: readonly PlannedItem[], receiver: string): string {
	const parts = items.map((item) =>
		item.kind === 'notice'
			? [item.record.key, item.record.atMs]
			: [item.record.key, item.event, item.record.firedAtMs, item.record.told[receiver]?.atMs ?? 0],
	);
	return createHash('sha256')
		.update(JSON.stringify([receiver, parts]))
		.digest('hex')
		.slice(0, 32);
}

function toldOf(item: PlannedItem, nowMs: number) {
	if (item.kind === 'notice')
		return {state: 'resolved' as const, severity: item.record.notice.severity ?? 'info', atMs: nowMs, ackedAtMs: null};
	const {event, record} = item;
	return {
		state: event === 'resolved' ? 'resolved' : 'firing',
		severity: record.alert.severity,
		atMs: nowMs,
		ackedAtMs: event === 'acknowledged' ? nowMs : null,
	} as const;
}

function policyFor(policy: DeliveryPolicy, name: string): DeliveryPolicy {
	const config = policy.receivers[name];
	// It waits for its rest only before it is taken up, not between tries.
	return {...policy, failureRestMs: 0, receivers: config === undefined ? {} : {[name]: config}};
}

function silenceRecordOf(records: Parameters<typeof silenceIn>[0]) {
	return records.find(({kind}) => kind === 'silence');
}

function withoutClaim<R extends Parameters<typeof silenceIn>[0][number]>(
	record: R,
	receiver: string,
	isOurs: (claim: Claim) => boolean,
): R {
	if (record.kind !== 'alert' && record.kind !== 'notice') return record;
	const held = record.claims[receiver];
	if (held === undefined || !isOurs(held)) return record;
	return {...record, claims: {...record.claims, [receiver]: {by: held.by, untilMs: 0}}};
}
