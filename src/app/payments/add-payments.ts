import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {startReconciler} from './reconcile.js';
import {startRefunds} from './refund-payment.js';
import {addSandbox} from './sandbox/sandbox-routes.js';
import {addVerify} from './verify-routes.js';
import {addWebhooks} from './webhooks/webhook-routes.js';
import {startInbox} from './webhooks/work-inbox.js';

/** Where payments are told of, and the jobs that see to them. */
export async function addPayments(app: ShopServer, shop: Shop): Promise<void> {
	addVerify(app, shop);
	await addWebhooks(app, shop, startInbox(shop));
	startReconciler(shop);
	startRefunds(shop);
	if (shop.settings.PAYMENTS === 'sandbox') addSandbox(app, shop);
}
