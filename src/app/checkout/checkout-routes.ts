import Type from 'typebox';
import {requireUser} from '../accounts/login.js';
import {exactly, failures} from '../answers.js';
import type {ShopEvent} from '../events.js';
import {makeGate} from '../guard/gate.js';
import {limitsOf} from '../guard/limits.js';
import {HttpError} from '../http-error.js';
import {orderBody, viewOrder} from '../orders/order-view.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {MOST_UNITS} from './cart.js';
import {type CheckedOut, checkOut} from './check-out.js';

/**
 * More transactions at once sell no faster: those after the same product only undo each other's work, and they would take
 * all connections from who only looks around. The rest waits for a second or two at most, and then hears so.
 */
const AT_ONCE = 8;
const WAITING = 400;

const cart = exactly({
	items: Type.Array(
		exactly({
			slug: Type.String({minLength: 1, maxLength: 100}),
			quantity: Type.Integer({minimum: 1, maximum: MOST_UNITS}),
		}),
		{minItems: 1, maxItems: 50},
	),
});

const headers = Type.Object({
	'idempotency-key': Type.String({
		pattern: '^[A-Za-z0-9_-]{8,64}$',
		description: 'Made by the client for this purchase, and sent again with each retry; kept for 24 hours',
	}),
});

const answer = exactly({
	order: orderBody,
	payment: exactly({
		provider: Type.Enum(['razorpay', 'sandbox']),
		keyId: Type.String(),
		orderId: Type.String({description: 'The provider’s id of the order'}),
		amountPaise: Type.Integer(),
		currency: Type.Literal('INR'),
	}),
});

/** POST /api/checkout: 201 for an order that is new, 200 with the same answer for a key that has one. */
export function addCheckout(app: ShopServer, shop: Shop): void {
	const gate = makeGate({width: AT_ONCE, queue: WAITING});
	app.post(
		'/api/checkout',
		{
			config: limitsOf(shop).checkout,
			schema: {
				summary: 'Order what is in the cart, to be paid until `reservedUntil`',
				description:
					'Prices are the shop’s. The same Idempotency-Key with the same cart gives the same order: 201 when it is made, 200 ever after.',
				security: [{session: []}],
				tags: ['checkout'],
				headers,
				body: cart,
				response: {200: answer, 201: answer, ...failures(400, 401, 404, 409, 422, 502, 503)},
			},
		},
		async (request, reply) => {
			const userId = await requireUser(shop, request);
			const key = request.headers['idempotency-key'];
			const {isReplay, order} = await told(shop, () => checkOut(shop, gate, {userId, key, wishes: request.body.items}));
			return reply.status(isReplay ? 200 : 201).send({
				order: viewOrder(order),
				payment: {
					provider: order.provider.kind,
					keyId: shop.payments.keyId,
					orderId: order.provider.orderId,
					amountPaise: order.totalPaise,
					currency: order.currency,
				},
			});
		},
	);
}

async function told({events, host}: Shop, work: () => Promise<CheckedOut>): Promise<CheckedOut> {
	const startedAt = host.monotonicMs();
	const tell = (outcome: Extract<ShopEvent, {type: 'checkout'}>['outcome']) =>
		events.emit({type: 'checkout', outcome, durationMs: host.monotonicMs() - startedAt});
	try {
		const done = await work();
		tell(done.isReplay ? 'replayed' : 'placed');
		return done;
	} catch (error) {
		tell(outcomeOf(error));
		throw error;
	}
}

function outcomeOf(error: unknown): 'out_of_stock' | 'refused' | 'failed' {
	if (!(error instanceof HttpError) || error.statusCode >= 500) return 'failed';
	return error.code === 'OUT_OF_STOCK' ? 'out_of_stock' : 'refused';
}
