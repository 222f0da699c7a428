import {makeCheck} from '../../check.js';
import {askRazorpay, keyWords, paymentKeysOf} from '../../facts/payment-keys.js';
import type {Finding} from '../../verdict.js';

export const paymentsCredentials = makeCheck<{readonly status: number; readonly key: string}>({
	id: 'payments.credentials',
	group: 'payments',
	title: 'Razorpay knows the key and its secret',
	severity: 'critical',
	effect: 'local',
	maxRequests: 1,
	sends: ['GET /v1/orders?count=1 to Razorpay itself, with the key; reads only'],
	why: 'With a key that was revoked or mistyped no order can be paid.',
	fix: 'make a new key in the dashboard of Razorpay, and set its id and its secret together',
	references: ['razorpay.com/docs/api/authentication'],
	skipReason(context) {
		const {keyId, keySecret, url} = paymentKeysOf(context);
		if (keyId === undefined || keySecret === undefined)
			return 'the key is needed: set audit.razorpay.keyId and keySecret';
		const {protocol, hostname} = new URL(url);
		if (protocol === 'https:' || /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return undefined;
		return 'audit.razorpay.url is plain http: the secret is not sent there';
	},
	async gather(context) {
		const keys = paymentKeysOf(context);
		const {status} = await askRazorpay(keys, '/v1/orders?count=1', context);
		return {status, key: keyWords(keys.keyId ?? '')};
	},
	judge: judgeCredentials,
});

export function judgeCredentials({status, key}: {readonly status: number; readonly key: string}): Finding {
	if (status === 200) return {verdict: 'pass', reason: `Razorpay lets ${key} in`};
	if (status === 401) return {verdict: 'fail', reason: `Razorpay does not know ${key} with this secret`};
	return {verdict: 'inconclusive', reason: `Razorpay answered ${status} to ${key}`};
}
