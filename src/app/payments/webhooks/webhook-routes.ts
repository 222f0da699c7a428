import type {FastifyRequest} from 'fastify';
import Type from 'typebox';
import {exactly, failures} from '../../answers.js';
import {limitsOf} from '../../guard/limits.js';
import {HttpError} from '../../http-error.js';
import type {ShopServer} from '../../server.js';
import type {Shop} from '../../shop.js';
import {readEvent} from './read-event.js';
import {storeEvent} from './store-event.js';
import type {Inbox} from './work-inbox.js';

const MAX_BODY_BYTES = 256 * 1024;
const RETRY_AFTER_SECONDS = 5;

/** For whoever reads the API's description: the bytes are looked at before anything is parsed. */
const body = Type.Object(
	{event: Type.String(), created_at: Type.Integer(), payload: Type.Object({}, {additionalProperties: true})},
	{description: 'An event of Razorpay’s, as it sends it', additionalProperties: true},
);

const answer = exactly({status: Type.Enum(['stored', 'duplicate', 'stale'])});

/**
 * POST /api/webhooks/razorpay: verified over its very bytes, stored, and only then acknowledged; the work comes after.
 * What cannot be stored is refused with 5xx within Razorpay's five seconds, so that it comes again.
 */
export async function addWebhooks(app: ShopServer, shop: Shop, inbox: Inbox): Promise<void> {
	// A place of its own, since nothing may parse these bodies before they are verified.
	await app.register((scope: ShopServer, _options, registered) => {
		scope.removeAllContentTypeParsers();
		scope.addContentTypeParser('*', {parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES}, (_request, raw, done) =>
			done(null, raw),
		);
		scope.post(
			'/api/webhooks/razorpay',
			{
				config: limitsOf(shop).webhook,
				bodyLimit: MAX_BODY_BYTES,
				validatorCompiler: () => () => true,
				schema: {
					summary: 'Where Razorpay tells what became of payments',
					tags: ['payments'],
					body,
					response: {200: answer, ...failures(400, 413, 503)},
				},
			},
			async (request) => {
				const status = await take(shop, request);
				shop.events.emit({type: 'webhook', outcome: status === 'duplicate' ? 'duplicate' : 'stored'});
				inbox.wake();
				return {status};
			},
		);
		registered();
	});
}

/** @throws HttpError 400 for what Razorpay did not send so, 503 for what cannot be kept */
async function take(
	shop: Shop,
	{headers, body: bytes, ip}: Pick<FastifyRequest, 'headers' | 'body' | 'ip'>,
): Promise<'stored' | 'duplicate' | 'stale'> {
	const refuse = (code: string, message: string) => {
		shop.events.emit({type: 'webhook', outcome: 'refused'});
		return new HttpError(400, code, message);
	};
	if (!Buffer.isBuffer(bytes)) throw refuse('BODY', 'There is no body');
	if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) throw refuse('BODY', 'Only JSON is taken');
	// Two such headers come joined by a comma, which is no signature either.
	if (!shop.payments.isWebhookSignature(bytes, headers['x-razorpay-signature'])) {
		const detail = {where: 'webhook', address: ip, sizeBytes: bytes.length};
		shop.events.emit({type: 'security', kind: 'signature.refused', detail});
		throw refuse('SIGNATURE', 'The signature does not fit this body');
	}
	const event = readEvent(bytes, headers['x-razorpay-event-id']);
	if (event === undefined) throw refuse('BODY', 'The body is no event');
	const status = await storeEvent(shop, event).catch(() => {
		throw new HttpError(503, 'DATABASE', 'The event cannot be kept right now', RETRY_AFTER_SECONDS);
	});
	if (status !== 'altered') return status;
	const detail = {eventId: event._id, subject: event.subject, address: ip};
	shop.events.emit({type: 'security', kind: 'webhook.altered', detail});
	throw refuse('ALTERED', 'There is another event with this id');
}
