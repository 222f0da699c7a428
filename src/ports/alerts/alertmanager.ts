import {post, type ReceiverHost} from './post.js';
import type {AlertItem, Delivery, DeliveryItem, Receiver, Severity} from './receiver.js';
import {plainLines} from './words.js';

export type AlertmanagerTerms = {
	readonly name: string;
	/** Where /api/v2 is. */
	readonly url: string;
	/** Sent as a bearer. */
	readonly token?: string | undefined;
	/** Added to every alert. */
	readonly labels?: Readonly<Record<string, string>>;
};

/** It forgets what is not told again: one re-send may be lost, and the next be late. */
const RESENDS_UNTIL_FORGOTTEN = 3;
/** How long a thing that happened is shown as an alert. */
const NOTICE_MS = 300_000;

/** Prometheus' Alertmanager, by its API v2. What an alert is stands in its labels, what it says in its annotations. */
export function openAlertmanager(terms: AlertmanagerTerms, host: ReceiverHost): Receiver {
	const {name, url, token, labels = {}} = terms;
	if (token !== undefined) host.addSecret(token);
	return {
		name,
		kind: 'alertmanager',
		title: `Alertmanager (${new URL(url).host})`,
		async send(delivery, signal) {
			const {status} = await post(
				{
					url: `${url.replace(/\/+$/, '')}/api/v2/alerts`,
					body: JSON.stringify(alertmanagerAlerts(delivery, labels)),
					...(token === undefined ? {} : {headers: {authorization: `Bearer ${token}`}}),
				},
				host,
				signal,
			);
			return `Alertmanager answers ${status}`;
		},
		close: async () => undefined,
	};
}

export function alertmanagerAlerts(delivery: Delivery, labels: Readonly<Record<string, string>>): object[] {
	return delivery.items.flatMap((item) => {
		const {sentAtMs, resendMs} = delivery;
		if (item.kind === 'notice')
			return [alert(item, {delivery, labels, fromMs: item.atMs, toMs: Math.max(sentAtMs, item.atMs) + NOTICE_MS})];
		const {event, message, toldSeverity = message.severity, sinceMs} = item;
		const over = {delivery, labels, fromMs: Math.min(sinceMs, sentAtMs), toMs: sentAtMs};
		if (event === 'resolved') return [alert(item, {...over, severity: toldSeverity})];
		const holds = {...over, toMs: sentAtMs + RESENDS_UNTIL_FORGOTTEN * resendMs};
		return [
			alert(item, holds),
			// Another severity is another alert there: the one before ends.
			...(toldSeverity === message.severity ? [] : [alert(item, {...over, severity: toldSeverity})]),
		];
	});
}

type AlertTerms = {
	readonly delivery: Delivery;
	readonly labels: Readonly<Record<string, string>>;
	readonly fromMs: number;
	readonly toMs: number;
	readonly severity?: Severity;
};

function alert(item: DeliveryItem, {delivery, labels, fromMs, toMs, severity}: AlertTerms): object {
	const {message} = item;
	const [, , what = message.key, tier] = message.key.split(':');
	const lines = plainLines(item);
	return {
		labels: {
			alertname: tier === undefined ? what : `${what}_${tier}`,
			...labels,
			service: delivery.service,
			environment: delivery.environment,
			severity: severity ?? message.severity,
			sastaops_key: message.key,
			...(delivery.isTest ? {sastaops_test: 'true'} : {}),
		},
		annotations: {
			summary: delivery.isTest ? `TEST, nothing is wrong: ${message.title}` : message.title,
			...(lines.length === 0 ? {} : {description: lines.join('\n')}),
			...(message.runbook === undefined ? {} : {runbook_url: message.runbook}),
			...ackOf(item),
		},
		startsAt: new Date(fromMs).toISOString(),
		endsAt: new Date(toMs).toISOString(),
		...(message.url === undefined ? {} : {generatorURL: message.url}),
	};
}

function ackOf(item: DeliveryItem): {readonly acknowledged_by?: string} {
	const ack = item.kind === 'alert' ? (item as AlertItem).ack : undefined;
	return ack === undefined ? {} : {acknowledged_by: ack.by};
}
