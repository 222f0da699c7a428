import {createHmac} from 'node:crypto';
import {post, type ReceiverHost} from './post.js';
import type {Delivery, DeliveryItem, Receiver} from './receiver.js';

export type WebhookTerms = {
	readonly name: string;
	readonly url: string;
	/** Signs what is sent. */
	readonly secret?: string | undefined;
	readonly headers?: Readonly<Record<string, string>>;
};

/** Whoever takes JSON. */
export function openWebhook({name, url, secret, headers = {}}: WebhookTerms, host: ReceiverHost): Receiver {
	host.addSecret(url);
	if (secret !== undefined) host.addSecret(secret);
	const {host: address} = new URL(url);
	return {
		name,
		kind: 'webhook',
		title: `webhook (${address})`,
		async send(delivery, signal) {
			const body = JSON.stringify(webhookBody(delivery));
			const signed = secret === undefined ? {} : {'x-sastaops-signature': signature(body, secret, host.now())};
			const {status} = await post(
				{url, body, headers: {...headers, ...signed, 'idempotency-key': delivery.id}},
				host,
				signal,
			);
			return `${address} answers ${status}`;
		},
		close: async () => undefined,
	};
}

/**
 * `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>`. Who checks it also checks that `t` is not old, so that what was
 * once overheard cannot be sent again.
 */
export function signature(body: string, secret: string, nowMs: number): string {
	const t = Math.floor(nowMs / 1000);
	return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

export function webhookBody({id, service, environment, sentAtMs, isTest, items}: Delivery): object {
	return {
		schemaVersion: 1,
		id,
		service,
		environment,
		sentAt: new Date(sentAtMs).toISOString(),
		test: isTest,
		items: items.map(itemBody),
	};
}

function itemBody(item: DeliveryItem): object {
	const {key, severity, title, text, facts, url, runbook} = item.message;
	return {
		kind: item.kind,
		...(item.kind === 'alert' ? {event: item.event} : {}),
		key,
		severity,
		title,
		text,
		facts: facts.map(([label, value]) => ({label, value})),
		...(url === undefined ? {} : {url}),
		...(runbook === undefined ? {} : {runbook}),
		...(item.kind === 'notice' ? {at: isoOf(item.atMs)} : {since: isoOf(item.sinceMs)}),
		...(item.kind === 'alert' && item.endedMs !== undefined ? {ended: isoOf(item.endedMs)} : {}),
		...(item.kind === 'alert' && item.ack !== undefined
			? {acknowledged: {by: item.ack.by, until: isoOf(item.ack.untilMs)}}
			: {}),
	};
}

function isoOf(ms: number): string {
	return new Date(ms).toISOString();
}
