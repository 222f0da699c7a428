import {Ajv} from 'ajv';
import addFormats from 'ajv-formats';
import type {Behaviour, Received} from './http-receiver.js';

const ajv = new Ajv({allErrors: true, strict: false});
addFormats.default(ajv);

const text = (type: string, most: number) => ({
	type: 'object',
	additionalProperties: false,
	required: ['type', 'text'],
	properties: {type: {const: type}, text: {type: 'string', minLength: 1, maxLength: most}, emoji: {type: 'boolean'}},
});

/** The blocks in use here, by https://docs.slack.dev/reference/block-kit/blocks/ */
const slack = ajv.compile({
	type: 'object',
	additionalProperties: false,
	required: ['text', 'blocks'],
	properties: {
		text: {type: 'string', minLength: 1, maxLength: 4000},
		unfurl_links: {type: 'boolean'},
		unfurl_media: {type: 'boolean'},
		blocks: {
			type: 'array',
			minItems: 1,
			maxItems: 50,
			items: {
				oneOf: [
					{
						type: 'object',
						additionalProperties: false,
						required: ['type', 'text'],
						properties: {type: {const: 'header'}, text: text('plain_text', 150)},
					},
					{
						type: 'object',
						additionalProperties: false,
						required: ['type', 'text'],
						properties: {type: {const: 'section'}, text: text('mrkdwn', 3000)},
					},
					{
						type: 'object',
						additionalProperties: false,
						required: ['type', 'fields'],
						properties: {
							type: {const: 'section'},
							fields: {type: 'array', minItems: 1, maxItems: 10, items: text('mrkdwn', 2000)},
						},
					},
					{
						type: 'object',
						additionalProperties: false,
						required: ['type', 'elements'],
						properties: {
							type: {const: 'context'},
							elements: {type: 'array', minItems: 1, maxItems: 10, items: text('mrkdwn', 3000)},
						},
					},
				],
			},
		},
	},
});

const links = {
	type: 'array',
	items: {
		type: 'object',
		additionalProperties: false,
		required: ['href'],
		properties: {href: {type: 'string', format: 'uri'}, text: {type: 'string'}},
	},
};
const routingKey = {type: 'string', pattern: '^[A-Za-z0-9]{32}$'};
const dedupKey = {type: 'string', minLength: 1, maxLength: 255};

/** https://developer.pagerduty.com/docs/send-alert-event */
const pagerDutyEvent = ajv.compile({
	oneOf: [
		{
			type: 'object',
			additionalProperties: false,
			required: ['routing_key', 'event_action', 'payload'],
			properties: {
				routing_key: routingKey,
				event_action: {const: 'trigger'},
				dedup_key: dedupKey,
				client: {type: 'string'},
				client_url: {type: 'string', format: 'uri'},
				links,
				images: {type: 'array'},
				payload: {
					type: 'object',
					additionalProperties: false,
					required: ['summary', 'source', 'severity'],
					properties: {
						summary: {type: 'string', minLength: 1, maxLength: 1024},
						source: {type: 'string', minLength: 1},
						severity: {enum: ['critical', 'error', 'warning', 'info']},
						timestamp: {type: 'string', format: 'date-time'},
						component: {type: 'string'},
						group: {type: 'string'},
						class: {type: 'string'},
						custom_details: {type: 'object'},
					},
				},
			},
		},
		{
			type: 'object',
			additionalProperties: false,
			required: ['routing_key', 'event_action', 'dedup_key'],
			properties: {routing_key: routingKey, event_action: {enum: ['acknowledge', 'resolve']}, dedup_key: dedupKey},
		},
	],
});

/** https://developer.pagerduty.com/docs/send-change-events */
const pagerDutyChange = ajv.compile({
	type: 'object',
	additionalProperties: false,
	required: ['routing_key', 'payload'],
	properties: {
		routing_key: routingKey,
		links,
		payload: {
			type: 'object',
			additionalProperties: false,
			required: ['summary'],
			properties: {
				summary: {type: 'string', minLength: 1, maxLength: 1024},
				source: {type: 'string'},
				timestamp: {type: 'string', format: 'date-time'},
				custom_details: {type: 'object'},
			},
		},
	},
});

const MOST_BYTES = 512 * 1024;

/** Answers as an incoming webhook of Slack: `ok`, or `invalid_payload`, or `invalid_blocks`. */
export function judgeSlack({body}: Received): Behaviour {
	const message: unknown = parse(body);
	if (message === undefined) return {status: 400, body: 'invalid_payload'};
	if (slack(message)) return {status: 200, body: 'ok'};
	return {status: 400, body: `invalid_blocks ${ajv.errorsText(slack.errors)}`};
}

/** Answers as PagerDuty's Events API v2, without limits. */
export function judgePagerDuty({path, body}: Received): Behaviour {
	const event = parse(body);
	if (Buffer.byteLength(body) > MOST_BYTES) return {status: 413};
	const validate = {'/v2/enqueue': pagerDutyEvent, '/v2/change/enqueue': pagerDutyChange}[path];
	if (validate === undefined) return {status: 404};
	if (event === undefined || !validate(event)) {
		const errors = [ajv.errorsText(validate.errors)];
		return {status: 400, body: JSON.stringify({status: 'invalid event', message: 'Event object is invalid', errors})};
	}
	const {dedup_key: key} = event as {dedup_key?: string};
	return {status: 202, body: JSON.stringify({status: 'success', message: 'Event processed', dedup_key: key})};
}

function parse(body: string): unknown {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}
