import Type from 'typebox';
import {exactly, failures} from '../../answers.js';
import {limitsOf} from '../../guard/limits.js';
import {HttpError} from '../../http-error.js';
import type {ShopServer} from '../../server.js';
import type {Shop} from '../../shop.js';
import {signPayment} from '../signatures.js';
import {deliver, makeDelivery} from './deliver-webhook.js';
import type {SandboxPayment} from './entities.js';
import {readSandboxKeys, refuseProduction, type SandboxKeys} from './keys.js';
import {openSandboxState} from './state.js';

const wish = exactly({
	razorpay_order_id: Type.String({pattern: '^order_Sandbox[a-z0-9]{7}$'}),
	outcome: Type.Optional(
		Type.Union([Type.Literal('captured'), Type.Literal('authorized'), Type.Literal('failed')], {default: 'captured'}),
	),
	webhooks: Type.Optional(Type.Boolean({default: true, description: 'Whether the shop’s webhook is told, too'})),
});

const paid = exactly({
	razorpay_payment_id: Type.String(),
	razorpay_order_id: Type.String(),
	razorpay_signature: Type.String(),
});

/** What Razorpay tells of a payment that ended so, in its order. */
const TOLD = {
	captured: ['payment.authorized', 'payment.captured', 'order.paid'],
	authorized: ['payment.authorized'],
	failed: ['payment.failed'],
} as const;

/**
 * POST /sandbox/pay does what a customer does on Razorpay's page, and answers what that page gives the browser.
 * @throws SastaError SANDBOX_IN_PRODUCTION
 */
export function addSandbox(app: ShopServer, shop: Shop): void {
	refuseProduction(shop.settings);
	const state = openSandboxState(shop.db, shop.host);
	app.post(
		'/sandbox/pay',
		{
			config: limitsOf(shop).payment,
			schema: {
				summary: 'Sandbox only: pay an order as on Razorpay’s page, without money',
				tags: ['payments'],
				body: wish,
				response: {200: paid, ...failures(400, 404)},
			},
		},
		async ({body}) => {
			const status = body.outcome ?? 'captured';
			const payment = await state.pay({orderId: body.razorpay_order_id, status});
			if (payment === undefined) throw new HttpError(404, 'UNKNOWN_ORDER', 'The sandbox has no such order to be paid');
			const keys = await readSandboxKeys(shop, shop.settings);
			if (body.webhooks ?? true) void tell(app, shop, {payment, status, keys});
			return {
				razorpay_payment_id: payment._id,
				razorpay_order_id: payment.order_id,
				razorpay_signature: signPayment(keys.keySecret, payment.order_id, payment._id),
			};
		},
	);
}

/** Tells this very shop, once; where that fails the reconciler is there, as in real life. */
async function tell(
	{server}: ShopServer,
	{host}: Shop,
	{payment, status, keys}: {payment: SandboxPayment; status: keyof typeof TOLD; keys: SandboxKeys},
): Promise<void> {
	const address = server.address();
	if (typeof address !== 'object' || address === null) return;
	const isAny = address.address === '::' || address.address === '0.0.0.0';
	const name = isAny ? '127.0.0.1' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
	for (const event of TOLD[status]) {
		const delivery = makeDelivery({event, payment}, keys.webhookSecret, host);
		await deliver(`http://${name}:${address.port}/api/webhooks/razorpay`, delivery).catch(() => undefined);
	}
}
