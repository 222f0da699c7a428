import {formatDuration, formatMoment} from '../../kernel/duration.js';
import type {AlertItem, Delivery, DeliveryItem} from './receiver.js';

/** `Critical: Payments fail`, `Resolved: Payments fail`: what an item is, in one line. */
export function headline(item: DeliveryItem): string {
	if (item.kind === 'notice') return item.message.title;
	return `${eventWord(item)}: ${item.message.title}`;
}

/** What all of a delivery says in one line. */
export function deliveryHeadline({items, service, isTest}: Delivery): string {
	const [first] = items;
	const line =
		first !== undefined && items.length === 1
			? `${headline(first)} (${service})`
			: `${service}: ${items.filter(isBad).length} wrong, ${items.filter(isEnd).length} resolved, ${items.filter(isOther).length} to know`;
	return isTest ? `TEST, nothing is wrong: ${line}` : line;
}

/** Since when, or how long, and who is at it. */
export function timeWords(item: DeliveryItem): string {
	if (item.kind === 'notice') return formatMoment(item.atMs);
	const {event, sinceMs, endedMs, ack} = item;
	const since = `since ${formatMoment(sinceMs)}`;
	if (event === 'resolved')
		return endedMs === undefined ? since : `${since}, for ${formatDuration(Math.max(0, endedMs - sinceMs))}`;
	return ack === undefined ? since : `${since}; ${ack.by} is at it until ${formatMoment(ack.untilMs)}`;
}

/** An item as plain lines, for e-mail and for annotations. */
export function plainLines(item: DeliveryItem): string[] {
	const {text, facts, url, runbook} = item.message;
	return [
		...(text === '' ? [] : [text]),
		...facts.map(([label, value]) => `${label}: ${value}`),
		...(url === undefined ? [] : [`look: ${url}`]),
		...(runbook === undefined ? [] : [`what to do: ${runbook}`]),
	];
}

function eventWord({event, message}: AlertItem): string {
	const severity = {critical: 'Critical', warning: 'Warning', info: 'Info'}[message.severity];
	switch (event) {
		case 'firing':
			return severity;
		case 'again':
			return `Still ${severity.toLowerCase()}`;
		case 'worse':
			return `Worse, now ${severity.toLowerCase()}`;
		case 'acknowledged':
			return 'Acknowledged';
		case 'resolved':
			return 'Resolved';
		default:
			return event satisfies never;
	}
}

function isBad(item: DeliveryItem): boolean {
	return item.kind === 'alert' && !isEnd(item) && item.event !== 'acknowledged';
}

function isEnd(item: DeliveryItem): boolean {
	return item.kind === 'alert' && item.event === 'resolved';
}

function isOther(item: DeliveryItem): boolean {
	return !isBad(item) && !isEnd(item);
}
