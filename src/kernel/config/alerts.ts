import * as z from 'zod';
import {duration} from './fields.js';

/** Headers that let somebody in. */
export const SECRET_HEADER = /auth|token|secret|key|cookie|password/i;

const address = z.url({protocol: /^https?$/});
const name = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be small letters, digits and dashes');
const secret = z.string().min(1);

const slack = z.strictObject({
	kind: z.literal('slack'),
	url: address.describe('The address of an incoming webhook: a secret'),
});

const pagerduty = z.strictObject({
	kind: z.literal('pagerduty'),
	routingKey: z
		.string()
		.regex(/^[A-Za-z0-9]{32}$/, 'must be the 32 letters and digits of an Events API v2 integration')
		.describe('The integration key of a service: Events API v2'),
	url: address.default('https://events.pagerduty.com').describe('https://events.eu.pagerduty.com in the EU region'),
});

const alertmanager = z.strictObject({
	kind: z.literal('alertmanager'),
	url: address.describe('Where /api/v2 is'),
	token: secret.optional().describe('Sent as a bearer'),
	labels: z
		.record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string())
		.default({})
		.describe('Added to every alert, for its routes'),
});

const webhook = z.strictObject({
	kind: z.literal('webhook'),
	url: address,
	secret: z.string().min(16, 'must have at least 16 characters').optional().describe('Signs what is sent'),
	headers: z.record(z.string(), z.string()).default({}),
});

const mailbox = z.string().regex(/^[^\p{Cc},;]+@[^\p{Cc},;]+$/u, 'must be an e-mail address');

const email = z.strictObject({
	kind: z.literal('email'),
	server: z
		.url({protocol: /^smtps?$/})
		.describe('smtp://user:password@host:587 (TLS as soon as there is a password), or smtps://…:465'),
	from: mailbox,
	to: z.array(mailbox).min(1),
});

const receiver = z.discriminatedUnion('kind', [slack, pagerduty, alertmanager, webhook, email]);
const route = z.array(name).default([]);

const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "22:00"');

const quiet = z
	.strictObject({
		from: clock,
		to: clock.describe('Before `from`: the next day'),
		timezone: z.string().refine(isTimezone, 'must be an IANA time zone, such as Asia/Kolkata').default('UTC'),
	})
	.refine(({from, to}) => from !== to, {message: 'must differ from its start', path: ['to']});

export const alerts = z
	.strictObject({
		receivers: z.record(name, receiver).default({}).describe('Who can be told, by a name of your own'),
		routes: z
			.strictObject({
				critical: route.describe('Who is told at once, at night too: whoever is on call'),
				warning: route.describe('Who looks in the morning'),
				info: route.describe('Who reads what happened: deployments, registrations'),
			})
			.prefault({}),
		quiet: quiet.optional().describe('Hours in which info is kept, and told as one message at their end'),
		resend: duration.default('4h').describe('How often what still holds is told again'),
		for: z
			.strictObject({
				bad: duration.default('30s').describe('How long something is bad before anybody is told'),
				good: duration.default('2m').describe('How long it is good again before that is told'),
			})
			.prefault({}),
		giveUp: duration
			.default('10m')
			.describe('How long a receiver that does not answer is tried; then it stands in .sastaops/alerts-dead.jsonl'),
		digest: clock
			.default('09:00')
			.describe('When a shop tells of a day’s registrations, in the zone of the quiet hours'),
	})
	.superRefine(({receivers, routes}, context) => {
		for (const [severity, names] of Object.entries(routes)) {
			for (const [index, wanted] of names.entries()) {
				if (receivers[wanted] !== undefined) continue;
				const known = Object.keys(receivers).join(', ') || 'there is none';
				context.addIssue({
					code: 'custom',
					path: ['routes', severity, index],
					message: `names no receiver (${known})`,
				});
			}
		}
	})
	.describe('Who is told of what');

export type AlertsConfig = z.output<typeof alerts>;
export type ReceiverConfig = AlertsConfig['receivers'][string];

/** What of it must never be shown; an address of Slack lets anybody write there. */
export function alertSecrets({receivers}: AlertsConfig): string[] {
	return Object.values(receivers).flatMap((receiver) => {
		switch (receiver.kind) {
			case 'slack':
				return [receiver.url, secretPath(receiver.url)];
			case 'pagerduty':
				return [receiver.routingKey];
			case 'alertmanager':
				return receiver.token === undefined ? [] : [receiver.token];
			case 'webhook':
				return [
					receiver.secret ?? '',
					receiver.url,
					secretPath(receiver.url),
					...Object.entries(receiver.headers).flatMap(([header, value]) => (SECRET_HEADER.test(header) ? [value] : [])),
				];
			case 'email': {
				const {password} = new URL(receiver.server);
				return [password, safelyDecoded(password)];
			}
			default:
				return receiver satisfies never;
		}
	});
}

/** What stands behind the host, where it is long enough to be a secret: `/hook` stands in ordinary words too. */
function secretPath(url: string): string {
	const {pathname, search} = new URL(url);
	return pathname.length + search.length >= 16 ? `${pathname}${search}` : '';
}

function safelyDecoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

function isTimezone(text: string): boolean {
	try {
		new Intl.DateTimeFormat('en', {timeZone: text});
		return true;
	} catch {
		return false;
	}
}
