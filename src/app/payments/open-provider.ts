import type {ShopEvents} from '../events.js';
import type {Settings} from '../settings.js';
import type {ShopHost} from '../shop.js';
import type {PaymentProvider} from './provider.js';

/** The payment provider of the settings. */
export function openProvider(
	settings: Settings,
	_parts: {readonly events: ShopEvents; readonly host: ShopHost},
): PaymentProvider {
	const notYet = () => Promise.reject(new Error('no provider yet'));
	return {
		kind: settings.PAYMENTS,
		mode: 'test',
		keyId: settings.RAZORPAY_KEY_ID ?? 'rzp_test_sandbox00000000',
		createOrder: notYet,
		readPayment: notYet,
		readPaymentsOf: notYet,
		capture: notYet,
		refund: notYet,
		isPaymentSignature: () => false,
		isWebhookSignature: () => false,
	};
}
