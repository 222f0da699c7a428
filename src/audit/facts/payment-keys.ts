import type {WebAnswer} from '../../ports/web/exchange.js';
import type {AuditContext} from '../context.js';

export type PaymentKeys = {
	readonly keyId: string | undefined;
	readonly keySecret: string | undefined;
	readonly webhookSecret: string | undefined;
	/** Of Razorpay's API, without a slash at its end. */
	readonly url: string;
};

/** What the shop itself uses: the configuration's, else the variables that a shop reads. */
export function paymentKeysOf({loaded, host}: Pick<AuditContext, 'loaded' | 'host'>): PaymentKeys {
	const {keyId, keySecret, webhookSecret, url} = loaded.config.audit.razorpay;
	const keys = {
		keyId: keyId ?? (host.env['RAZORPAY_KEY_ID'] || undefined),
		keySecret: keySecret ?? (host.env['RAZORPAY_KEY_SECRET'] || undefined),
		webhookSecret: webhookSecret ?? (host.env['RAZORPAY_WEBHOOK_SECRET'] || undefined),
		url: url.replace(/\/+$/, ''),
	};
	if (keys.keySecret !== undefined) host.addSecret(keys.keySecret);
	if (keys.webhookSecret !== undefined) host.addSecret(keys.webhookSecret);
	return keys;
}

export function isLiveKey(keyId: string | undefined): boolean {
	return keyId?.startsWith('rzp_live_') === true;
}

/** As a report may name it: reports hide whole ids, and the mode is what matters. */
export function keyWords(keyId: string): string {
	return `${/^rzp_(?:live|test)/.exec(keyId)?.[0] ?? 'rzp'}_…${keyId.slice(-4)}`;
}

/** Asks Razorpay for something, with the key; reads only. The key goes over TLS that holds, or to this machine. */
export async function askRazorpay(
	{url, keyId, keySecret}: PaymentKeys,
	path: string,
	{site, host}: Pick<AuditContext, 'site' | 'host'>,
): Promise<WebAnswer> {
	const credentials = Buffer.from(`${keyId ?? ''}:${keySecret ?? ''}`).toString('base64');
	host.addSecret(credentials);
	return site.elsewhere({
		url: new URL(url + path),
		headers: {authorization: `Basic ${credentials}`, accept: 'application/json'},
		requiresTrust: true,
	});
}
