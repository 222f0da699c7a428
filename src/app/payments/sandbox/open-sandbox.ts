import type {Db} from 'mongodb';
import type {ShopEvents} from '../../events.js';
import type {Settings} from '../../settings.js';
import type {ShopHost} from '../../shop.js';
import type {PaymentProvider} from '../provider.js';
import {openRazorpay} from '../razorpay/open-razorpay.js';
import {readSandboxKeys} from './keys.js';
import {openSandboxServer} from './server.js';
import {openSandboxState} from './state.js';

/**
 * The sandbox as the shop's payment provider: Razorpay's client on a server of ours.
 * @throws SastaError SANDBOX_IN_PRODUCTION
 */
export async function openSandbox(
	settings: Settings,
	{db, events, host}: {readonly db: Db; readonly events: ShopEvents; readonly host: ShopHost},
): Promise<PaymentProvider> {
	const keys = await readSandboxKeys({db, host}, settings);
	const server = await openSandboxServer(openSandboxState(db, host), keys, {host});
	const old = settings.RAZORPAY_OLD_WEBHOOK_SECRET;
	const provider = openRazorpay(
		{
			kind: 'sandbox',
			url: server.url,
			keyId: keys.keyId,
			keySecret: keys.keySecret,
			webhookSecrets: [keys.webhookSecret, ...(old === undefined ? [] : [old])],
		},
		{events, host},
	);
	return {
		...provider,
		async close() {
			await provider.close();
			await server.close();
		},
	};
}
