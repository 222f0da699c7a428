import type {WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {controlOf, jsonOf, textOf} from '../../facts/api.js';
import {paymentKeysOf} from '../../facts/payment-keys.js';
import {type Reach, reachOf} from '../../facts/reach.js';
import {sign} from '../../facts/signatures.js';
import {deliver, madeUpEventId, NO_WEBHOOK_SECRET, pingEvent} from '../../facts/webhook.js';
import type {Finding} from '../../verdict.js';

/** One delivery, and whether the shop says that it took it for a new one. */
export type Delivered = {
	readonly name: 'first' | 'again' | 'another id' | 'old';
	readonly status: number;
	readonly reach: Reach;
	readonly says: 'taken' | 'not taken' | 'nothing';
};

const THREE_DAYS_MS = 3 * 24 * 3600 * 1000;

export const webhooksReplay = makeCheck<readonly Delivered[]>({
	id: 'webhooks.replay',
	group: 'webhooks',
	title: 'A webhook that comes again, or days late, is acknowledged and changes nothing',
	severity: 'high',
	effect: 'active',
	maxRequests: 5,
	sends: [
		'4 POSTs to /webhooks/razorpay of events "sastaops.ping", signed: one twice, again under another event id, and one that is three days old',
	],
	why: 'Razorpay delivers at least once, and neither event id nor time is signed: what was listened to can be sent again.',
	fix: 'keep each event under a unique index by its id and by event and entity, answer 200 {"status": "duplicate"} for what is known, and do nothing for what is older than a day',
	references: ['razorpay.com/docs/webhooks/best-practices', 'CWE-294'],
	skipReason: (context) => (paymentKeysOf(context).webhookSecret === undefined ? NO_WEBHOOK_SECRET : undefined),
	gather: gatherDeliveries,
	judge: judgeReplay,
});

async function gatherDeliveries(context: AuditContext): Promise<readonly Delivered[]> {
	const {webhookSecret = ''} = paymentKeysOf(context);
	const control = await controlOf(context, 'POST');
	const send = async (name: Delivered['name'], body: string, eventId: string): Promise<Delivered> => {
		const answer = await deliver(context, {body, signature: sign(webhookSecret, body), eventId});
		return {name, status: answer.status, reach: reachOf(answer, control), says: wordOf(answer)};
	};
	const body = pingEvent(context);
	const eventId = madeUpEventId(context);
	const first = await send('first', body, eventId);
	if (first.reach !== 'accepted') return [first];
	return [
		first,
		await send('again', body, eventId),
		await send('another id', body, madeUpEventId(context)),
		await send('old', pingEvent(context, THREE_DAYS_MS), madeUpEventId(context)),
	];
}

export function wordOf(answer: Pick<WebAnswer, 'body'>): Delivered['says'] {
	const word = textOf(jsonOf(answer), 'status', 'result', 'message') ?? '';
	if (/duplicate|already|ignored|stale|seen|skipped|replay|too old|expired|unhandled|unknown/i.test(word))
		return 'not taken';
	return /^(?:stored|processed|created|queued|handled)$/i.test(word) ? 'taken' : 'nothing';
}

export function judgeReplay(deliveries: readonly Delivered[]): readonly Finding[] {
	const evidence = deliveries.map(
		({name, status, says}) => `${name}: ${status}${says === 'nothing' ? '' : `, ${says}`}`,
	);
	const [first] = deliveries;
	if (first === undefined || first.reach === 'absent')
		return [{verdict: 'skip', reason: 'the shop has no POST /webhooks/razorpay'}];
	// Why a signed event is not taken at all is told by webhooks.genuine.
	if (first.reach !== 'accepted')
		return [{verdict: 'skip', reason: `a signed event is not acknowledged (${first.status})`, evidence}];
	const findings = deliveries.slice(1).flatMap((delivery) => badFinding(delivery) ?? []);
	if (findings.length > 0) return findings.map((finding) => ({evidence, ...finding}));
	const away = deliveries.find(({reach}) => reach === 'away' || reach === 'limited');
	if (away !== undefined) return [{verdict: 'inconclusive', reason: `the webhook answered ${away.status}`, evidence}];
	if (deliveries.slice(1, 3).some(({says}) => says === 'nothing'))
		return [
			{
				verdict: 'skip',
				reason:
					'the answers do not say whether an event was taken again: answer {"status": "stored"}, "duplicate" or "stale" to have it judged',
				evidence,
			},
		];
	return [{verdict: 'pass', reason: 'what comes again is known, what is old changes nothing', evidence}];
}

function badFinding({name, status, reach, says}: Delivered): Finding | undefined {
	const subject = name === 'again' ? 'same id' : name;
	if (reach === 'broken') return {verdict: 'fail', subject, reason: `${subject}: it breaks the shop: 500`};
	const isRefused = reach === 'refused' || reach === 'login';
	// An attacker may be refused; Razorpay's own repetition may not: it would come again for a day.
	if (isRefused && name === 'again')
		return {
			verdict: 'fail',
			severity: 'medium',
			subject,
			reason: `an event that comes again is refused (${status}): Razorpay would send it for a day, and turn the webhook off`,
		};
	if (says !== 'taken') return undefined;
	const words = {
		first: '',
		again: 'an event that comes twice is taken twice',
		'another id': 'an event is taken again under another event id',
		old: 'an event of three days ago is taken for a new one',
	}[name];
	return {verdict: 'fail', subject, reason: words};
}
