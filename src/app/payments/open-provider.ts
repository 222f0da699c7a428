import type {Db} from 'mongodb';
import type {ShopEvents} from '../events.js';
import type {Settings} from '../settings.js';
import type {ShopHost} from '../shop.js';
import type {PaymentProvider} from './provider.js';
import {openRazorpay} from './razorpay/open-razorpay.js';
import {openSandbox} from './sandbox/open-sandbox.js';

/**
 * The payment provider of the settings.
 * @throws SastaError SANDBOX_IN_PRODUCTION; Error for Razorpay without its keys, which the settings refuse
 */
export async function openProvider(
	settings: Settings,
	parts: {readonly db: Db; readonly events: ShopEvents; readonly host: ShopHost},
): Promise<PaymentProvider> {
	if (settings.PAYMENTS === 'sandbox') return openSandbox(settings, parts);
	const {RAZORPAY_KEY_ID: keyId, RAZORPAY_KEY_SECRET: keySecret, RAZORPAY_WEBHOOK_SECRET: webhookSecret} = settings;
	if (keyId === undefined || keySecret === undefined || webhookSecret === undefined)
		throw new Error('Settings without Razorpay keys were let through');
	const old = settings.RAZORPAY_OLD_WEBHOOK_SECRET;
	const webhookSecrets = [webhookSecret, ...(old === undefined ? [] : [old])];
	return openRazorpay({kind: 'razorpay', url: settings.RAZORPAY_URL, keyId, keySecret, webhookSecrets}, parts);
}
