import {post, type ReceiverHost} from './post.js';
import type {AlertItem, Delivery, DeliveryItem, NoticeItem, Receiver} from './receiver.js';

export type PagerDutyTerms = {
	readonly name: string;
	readonly routingKey: string;
	/** @default https://events.pagerduty.com */
	readonly url?: string;
};

const MOST_SUMMARY = 1024;

/**
 * PagerDuty by Events API v2: alerts as events of one `dedup_key`, notices as change events, which notify nobody. That it
 * takes an event does not mean yet that somebody was called.
 * https://developer.pagerduty.com/docs/events-api-v2-overview
 */
export function openPagerDuty(
	{name, routingKey, url = 'https://events.pagerduty.com'}: PagerDutyTerms,
	host: ReceiverHost,
): Receiver {
	host.addSecret(routingKey);
	const base = url.replace(/\/+$/, '');
	return {
		name,
		kind: 'pagerduty',
		title: `PagerDuty (${new URL(url).host})`,
		async send(delivery, signal) {
			const answers: string[] = [];
			for (const item of delivery.items) {
				const path = isChange(item) ? '/v2/change/enqueue' : '/v2/enqueue';
				const event = {routing_key: routingKey, ...pagerDutyEvent(item, delivery)};
				const {status} = await post({url: `${base}${path}`, body: JSON.stringify(event)}, host, signal);
				answers.push(String(status));
			}
			return `PagerDuty answers ${[...new Set(answers)].join(', ')}`;
		},
		close: async () => undefined,
	};
}

/** An event without its routing key. */
export function pagerDutyEvent(item: DeliveryItem, delivery: Delivery): object {
	if (item.kind === 'alert') return alertEvent(item, delivery);
	if (isChange(item)) return changeEvent(item, delivery);
	return alertEvent({...item, kind: 'alert', event: 'firing', sinceMs: item.atMs}, delivery);
}

/** What happened and is worse than info is to call somebody, who closes it: nothing ever resolves it. */
function isChange(item: DeliveryItem): boolean {
	return item.kind === 'notice' && item.message.severity === 'info';
}

function changeEvent({message, atMs}: NoticeItem, {service, environment, isTest}: Delivery): object {
	return {
		payload: {
			summary: summary(message.title, isTest),
			source: service,
			timestamp: new Date(atMs).toISOString(),
			custom_details: details(message, environment),
		},
		links: linksOf(message),
	};
}

function alertEvent({event, message, sinceMs}: AlertItem, {service, environment, isTest}: Delivery): object {
	if (event === 'resolved') return {event_action: 'resolve', dedup_key: message.key};
	if (event === 'acknowledged') return {event_action: 'acknowledge', dedup_key: message.key};
	return {
		event_action: 'trigger',
		dedup_key: message.key,
		client: 'sastaops',
		links: linksOf(message),
		payload: {
			summary: summary(message.title, isTest),
			source: service,
			severity: message.severity,
			timestamp: new Date(sinceMs).toISOString(),
			component: service,
			group: environment,
			custom_details: details(message, environment),
		},
	};
}

function summary(title: string, isTest: boolean): string {
	return (isTest ? `TEST, nothing is wrong: ${title}` : title).slice(0, MOST_SUMMARY);
}

function details({text, facts}: DeliveryItem['message'], environment: string): object {
	return {...(text === '' ? {} : {what: text}), ...Object.fromEntries(facts), environment};
}

function linksOf({url, runbook}: DeliveryItem['message']): object[] {
	return [
		...(url === undefined ? [] : [{href: url, text: 'Look'}]),
		...(runbook === undefined ? [] : [{href: runbook, text: 'What to do'}]),
	];
}
