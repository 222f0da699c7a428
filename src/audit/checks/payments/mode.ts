import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {jsonOf, textOf} from '../../facts/api.js';
import {PAGE_KEYS_REQUESTS, pageKeys} from '../../facts/page-keys.js';
import {isLiveKey, keyWords, paymentKeysOf} from '../../facts/payment-keys.js';
import type {Finding} from '../../verdict.js';

/** Where the shop runs: only where somebody says so, or its name does; a bare address says nothing. */
export type Place = {readonly kind: 'production' | 'other' | 'unknown'; readonly by: string};

export type ModeFacts = {
	readonly place: Place;
	/** Ids of keys that its pages carry. */
	readonly pages: readonly string[];
	/** The one of the configuration or the environment. */
	readonly own: string | undefined;
	/** The key's secret is the webhook's, too. */
	readonly hasOneSecret: boolean;
};

export const paymentsMode = makeCheck<ModeFacts>({
	id: 'payments.mode',
	group: 'payments',
	title: 'Live keys are used in production, and only there',
	severity: 'critical',
	effect: 'passive',
	maxRequests: PAGE_KEYS_REQUESTS + 1,
	sends: ['GET of the start page, its own scripts and the pages of audit.paths, for ids of keys; of the health'],
	why: 'With a test key in production orders are shipped that nobody paid; with a live key elsewhere tests cost money.',
	fix: 'set RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET and RAZORPAY_WEBHOOK_SECRET of the right mode, and deploy the page with the same key id',
	references: ['razorpay.com/docs/payments/dashboard/account-settings/api-keys'],
	async gather(context) {
		const {keyId, keySecret, webhookSecret} = paymentKeysOf(context);
		const {keyIds} = await pageKeys(context);
		const isNeeded = keyIds.length > 0 || keyId !== undefined;
		return {
			place: isNeeded ? await placeOf(context) : {kind: 'unknown', by: ''},
			pages: keyIds,
			own: keyId,
			hasOneSecret: keySecret !== undefined && keySecret === webhookSecret,
		};
	},
	judge: judgeMode,
});

export function judgeMode({place, pages, own, hasOneSecret}: ModeFacts): readonly Finding[] {
	const findings: Finding[] = [];
	const all = [...new Set([...pages, ...(own === undefined ? [] : [own])])];
	const evidence = all.map((id) => `${keyWords(id)} ${pages.includes(id) ? 'in a page' : 'configured'}`);
	const wrong = all.filter((id) => place.kind !== 'unknown' && isLiveKey(id) !== (place.kind === 'production'));
	if (wrong.length > 0) {
		const isTest = place.kind === 'production';
		const where = isTest ? `production (${place.by})` : `a shop that is not production (${place.by})`;
		findings.push({
			verdict: 'fail',
			subject: 'mode',
			reason: `a ${isTest ? 'test' : 'live'} key in ${where}`,
			evidence,
		});
	}
	if (own !== undefined && pages.length > 0 && !pages.includes(own))
		findings.push({
			verdict: 'fail',
			subject: 'page key',
			reason: 'the key in the page is not the one that is configured',
			evidence,
		});
	if (hasOneSecret)
		findings.push({
			verdict: 'fail',
			subject: 'secrets',
			reason: 'the secret of the key is that of the webhook, too',
			fix: 'set another secret for the webhook, in the dashboard of Razorpay and in the shop',
		});
	if (findings.length > 0) return findings;
	if (all.length === 0) return [{verdict: 'skip', reason: 'no payment key was found: set audit.razorpay.keyId'}];
	if (place.kind === 'unknown')
		return [
			{
				verdict: 'skip',
				reason: 'nobody says whether this is production: set shop.environment in sastaops.yaml',
				evidence,
			},
		];
	const mode = place.kind === 'production' ? 'live' : 'test';
	return [
		{
			verdict: 'pass',
			reason: `${mode} keys, and ${place.kind === 'production' ? '' : 'not '}production (${place.by})`,
			evidence,
		},
	];
}

async function placeOf(context: AuditContext): Promise<Place> {
	const {loaded, site} = context;
	const {api, host} = targetOf(context);
	const isSaid = loaded.origins.some(({path}) => path === 'shop.environment');
	if (isSaid) return placeNamed(loaded.config.shop.environment, 'shop.environment');
	const health = await site.page(`${api}/health`);
	const told = health.status === 200 || health.status === 503 ? textOf(jsonOf(health), 'environment') : undefined;
	if (told !== undefined) return placeNamed(told, 'its health');
	return placeByHost(host);
}

export function placeNamed(environment: string, by: string): Place {
	return {kind: /^prod(?:uction)?$|^live$/i.test(environment.trim()) ? 'production' : 'other', by};
}

/** By the name alone: `staging.shop.example` is none, `localhost` and addresses say nothing, any other is production. */
export function placeByHost(host: string): Place {
	const isNoName = /^\[|^\d+(?:\.\d+){3}$/.test(host) || !host.includes('.');
	if (isNoName || /\.(?:localhost|local|internal|lan|test|invalid)$/.test(host)) return {kind: 'unknown', by: ''};
	const parts = host.split(/[.-]/);
	const other = parts.find((part) =>
		/^(?:staging|stage|stg|test|testing|dev|qa|uat|preview|sandbox|demo)\d*$/.test(part),
	);
	return other === undefined ? {kind: 'production', by: 'by its name'} : {kind: 'other', by: `its name says ${other}`};
}
