import type {AlertsConfig} from '../kernel/config/alerts.js';
import {durationMs} from '../kernel/duration.js';
import {errorMessage} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import {RECEIVER_TRAITS} from '../ports/alerts/receiver.js';
import type {Alert, Notice} from './alert.js';
import type {ConditionRule, Seen} from './condition.js';
import {type DeadLetters, openDeadLetters} from './dead-letters.js';
import {type DeliveryTerms, makeJob} from './deliver.js';
import {conditionRule, deliveryPolicy, hasRoutes} from './delivery-policy.js';
import {applyIntent, endsSomething, type Intent, intentKey} from './intents.js';
import {openMemoryStore} from './memory-store.js';
import {openReceivers} from './open-receivers.js';
import {openOutbox} from './outbox.js';
import {planDelivery} from './plan-delivery.js';
import type {StoredRecord} from './record.js';
import type {AlertStore} from './store.js';

export type AlertsHost = Pick<Host, 'now' | 'monotonicMs' | 'sleep' | 'randomHex' | 'redact' | 'addSecret'> &
	Partial<Pick<Host, 'fault'>>;

export type AlertsParts = {
	readonly config: AlertsConfig;
	/** The first that answers keeps what is said; what the others know is looked after too. */
	readonly stores: readonly AlertStore[];
	readonly service: string;
	readonly environment: string;
	/** Where what nobody could be told is written, as JSON lines. */
	readonly deadLetterFile: string;
	/** How long a message is tried. @default the configuration's */
	readonly giveUpMs?: number;
	readonly log: (level: 'debug' | 'warn', message: string) => void;
};

/** What everybody tells of what is wrong. Nothing here waits for a receiver or a store, and nothing throws. */
export type Alerts = {
	/** It is wrong, from now on. */
	raise(alert: Alert): void;
	/** It is no longer wrong. */
	resolve(key: string): void;
	/** What one look has seen; whether somebody is told is a matter of how long it lasts. */
	observe(alert: Alert, seen: Seen, rule?: ConditionRule): void;
	/** It has happened; the same key is told once. */
	notice(notice: Notice): void;
	/** Until then only what passes a silence is told. */
	silence(untilMs: number, why: string): void;
	/** Writes down what was said, and sends what is due. Resolves when it is on its way. */
	tick(): Promise<void>;
	/** Resolves when nothing is on its way any more. */
	idle(): Promise<void>;
	/** Sends what is due for so long, then lets go; what is left the next process finds. */
	close(withinMs?: number): Promise<void>;
};

/** More is not kept in memory while no store answers: the oldest words are forgotten. */
const MOST_INTENTS = 1000;
const CLOSE_MS = 10_000;

/** Alerts by a configuration; where that routes nothing they are silent and cost nothing. */
export function openAlerts(parts: AlertsParts, host: AlertsHost): Alerts {
	return hasRoutes(parts.config) ? openRealAlerts(parts, host) : NO_ALERTS;
}

const NO_ALERTS: Alerts = {
	raise: () => undefined,
	resolve: () => undefined,
	observe: () => undefined,
	notice: () => undefined,
	silence: () => undefined,
	tick: async () => undefined,
	idle: async () => undefined,
	close: async () => undefined,
};

function openRealAlerts(parts: AlertsParts, host: AlertsHost): Alerts {
	const {config, log} = parts;
	const standard = conditionRule(config);
	const deadLetters: DeadLetters = openDeadLetters(parts.deadLetterFile, host);
	const receivers = openReceivers(config, host);
	const outbox = openOutbox({giveUpMs: parts.giveUpMs ?? durationMs(config.giveUp)}, host);
	const stores = [...parts.stores, openMemoryStore()];
	const self = host.randomHex(8);
	const inFlight = new Set<string>();
	const troubled = new Set<AlertStore>();
	const intents = new Map<string, Intent>();
	let ticking: Promise<void> = Promise.resolve();
	let waiting: Promise<void> | undefined;

	const say = (intent: Intent) => {
		const key = intentKey(intent);
		intents.delete(key);
		intents.set(key, intent);
		const [oldest] = intents.keys();
		if (intents.size > MOST_INTENTS && oldest !== undefined) intents.delete(oldest);
	};

	const readAll = async () => {
		const read = await Promise.all(
			stores.map(async (store) => {
				try {
					const records = await store.read();
					troubled.delete(store);
					return [{store, records}];
				} catch (error) {
					if (!troubled.has(store)) log('warn', `alerts: ${store.title} does not answer: ${errorMessage(error)}`);
					troubled.add(store);
					return [];
				}
			}),
		);
		return read.flat();
	};

	/** Each word goes to the first store that takes it, and the end of something to whoever knows of its beginning. */
	const writeDown = async (answering: readonly {store: AlertStore; records: readonly StoredRecord[]}[]) => {
		const said = [...intents.values()];
		intents.clear();
		for (const intent of said) {
			let isKept = false;
			for (const {store, records} of answering) {
				const isKnown = records.some(({key}) => key === intentKey(intent));
				if (isKept && !(endsSomething(intent) && isKnown)) continue;
				try {
					await applyIntent(intent, records, store);
					isKept = true;
				} catch (error) {
					log('warn', `alerts: ${store.title} does not keep them: ${errorMessage(error)}`);
				}
			}
		}
		return said.length > 0;
	};

	const send = async (store: AlertStore, records: readonly StoredRecord[]) => {
		const flight = (key: string, receiver: string) => `${stores.indexOf(store)} ${receiver} ${key}`;
		const policy = deliveryPolicy(config);
		const {sends, forget} = planDelivery(records, policy, host.now(), (key, receiver) =>
			inFlight.has(flight(key, receiver)),
		);
		const terms: DeliveryTerms = {...parts, store, receivers, policy, self, deadLetters};
		for (const {receiver, items} of sends) {
			const kind = policy.receivers[receiver]?.kind ?? 'webhook';
			const keys = items.map(({record}) => record.key);
			for (const group of RECEIVER_TRAITS[kind].isGrouping ? [keys] : keys.map((key) => [key])) {
				const job = await makeJob({receiver, keys: new Set(group)}, terms, host);
				for (const key of group) inFlight.add(flight(key, receiver));
				const done = async (...args: Parameters<typeof job.done>) => {
					try {
						await job.done(...args);
					} finally {
						for (const key of group) inFlight.delete(flight(key, receiver));
					}
				};
				outbox.add({...job, done});
			}
		}
		for (const record of forget) await store.remove(record);
	};

	const lookOnce = async () => {
		const answering = await readAll();
		const hasChanged = await writeDown(answering);
		for (const {store, records} of hasChanged ? await readAll() : answering) {
			await send(store, records).catch((error: unknown) => log('warn', `alerts: ${errorMessage(error)}`));
		}
	};

	const tick = (): Promise<void> => {
		// One that waits for its turn sees what is said until then.
		waiting ??= ticking.then(() => {
			waiting = undefined;
			ticking = lookOnce();
			return ticking;
		});
		return waiting;
	};

	return {
		raise: (alert) => say({kind: 'observe', alert, seen: 'bad', rule: {badForMs: 0, goodForMs: 0}, atMs: host.now()}),
		resolve: (key) => say({kind: 'resolve', key, atMs: host.now()}),
		observe: (alert, seen, rule = standard) => say({kind: 'observe', alert, seen, rule, atMs: host.now()}),
		notice: (notice) => say({kind: 'notice', notice, atMs: host.now()}),
		silence: (untilMs, why) => say({kind: 'silence', silence: {sinceMs: host.now(), untilMs, why, by: parts.service}}),
		tick,
		idle: outbox.idle,
		async close(withinMs = CLOSE_MS) {
			const deadline = new AbortController();
			await Promise.race([tick(), host.sleep(withinMs, deadline.signal).catch(() => undefined)]);
			deadline.abort();
			await outbox.close(withinMs);
			await receivers.close();
		},
	};
}
