import {post, type ReceiverHost} from './post.js';
import type {Delivery, DeliveryItem, Receiver} from './receiver.js';
import {deliveryHeadline, headline, timeWords} from './words.js';

/** https://docs.slack.dev/reference/block-kit/blocks/ and https://docs.slack.dev/reference/methods/chat.postMessage/ */
const MOST_BLOCKS = 50;
const MOST_HEADER = 150;
const MOST_SECTION = 3000;
const MOST_FIELDS = 10;
const MOST_FIELD = 2000;
const MOST_FALLBACK = 4000;
/** Headline, facts, and when and where. */
const BLOCKS_OF_ITEM = 3;

/** An incoming webhook of Slack. Its address is the secret. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ */
export function openSlack({name, url}: {readonly name: string; readonly url: string}, host: ReceiverHost): Receiver {
	host.addSecret(url);
	return {
		name,
		kind: 'slack',
		title: `Slack (${new URL(url).host})`,
		async send(delivery, signal) {
			const {body} = await post({url, body: JSON.stringify(slackMessage(delivery))}, host, signal);
			return `Slack answers ${host.redact(body).slice(0, 40)}`;
		},
		close: async () => undefined,
	};
}

/** Within Slack's limits, however many items and however long their words. */
export function slackMessage(delivery: Delivery): object {
	const line = deliveryHeadline(delivery);
	const head = {type: 'header', text: {type: 'plain_text', text: cut(line, MOST_HEADER), emoji: false}};
	const isSingle = delivery.items.length === 1;
	// A place for the header, one for what is left out.
	const most = Math.floor((MOST_BLOCKS - 2) / BLOCKS_OF_ITEM);
	const left = delivery.items.length - most;
	return {
		text: escaped(line, MOST_FALLBACK),
		blocks: [
			head,
			...delivery.items.slice(0, most).flatMap((item) => itemBlocks(item, isSingle)),
			...(left > 0 ? [section(`… and ${left} more`)] : []),
		],
		unfurl_links: false,
		unfurl_media: false,
	};
}

function itemBlocks(item: DeliveryItem, isSingle: boolean): object[] {
	const {text, facts, url, runbook} = item.message;
	const title = isSingle ? '' : `*${escaped(headline(item), MOST_FIELD)}*`;
	const words = [title, text === '' ? '' : escaped(text, MOST_FIELD / 2)].filter((part) => part !== '').join('\n');
	const fields = facts.slice(0, MOST_FIELDS).map(([label, value]) => ({
		type: 'mrkdwn',
		text: `*${escaped(label, 200)}*\n${escaped(value, MOST_FIELD - 300)}`,
	}));
	const links = [
		...(url === undefined ? [] : [link(url, 'Look')]),
		...(runbook === undefined ? [] : [link(runbook, 'What to do')]),
	];
	return [
		...(words === '' ? [] : [section(words)]),
		...(fields.length === 0 ? [] : [{type: 'section', fields}]),
		{type: 'context', elements: [{type: 'mrkdwn', text: [escaped(timeWords(item), 500), ...links].join('  ·  ')}]},
	];
}

function section(text: string): object {
	return {type: 'section', text: {type: 'mrkdwn', text: text.slice(0, MOST_SECTION)}};
}

/** `<!channel>` in somebody's words must not call everybody. */
function escaped(text: string, most: number): string {
	const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
	if (safe.length <= most) return safe;
	return `${safe.slice(0, most - 1).replace(/&[a-z]*$/, '')}…`;
}

function link(url: string, label: string): string {
	const safe = url.replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C');
	return safe.length > 1000 ? '' : `<${safe}|${label}>`;
}

function cut(text: string, most: number): string {
	return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
