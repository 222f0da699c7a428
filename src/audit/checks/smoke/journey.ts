import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {apiOf} from '../../facts/api.js';
import {PAGE_KEYS_REQUESTS, pageKeys} from '../../facts/page-keys.js';
import {isLiveKey} from '../../facts/payment-keys.js';
import {productPage} from '../../facts/products.js';
import {customerSession} from '../../facts/session.js';
import {type JourneyStep, walkJourney} from '../../journey.js';
import type {Finding} from '../../verdict.js';

export type JourneyFacts = {
	readonly steps: readonly JourneyStep[];
	/** Why it ends at the product. */
	readonly shortBy: string | undefined;
};

export const smokeJourney = makeCheck<JourneyFacts>({
	id: 'smoke.journey',
	group: 'smoke',
	title: 'A shopper can look around, log in, order, and see the order',
	severity: 'critical',
	effect: 'passive',
	maxRequests: PAGE_KEYS_REQUESTS + 9,
	sends: [
		'GET /products and one product',
		'with audit.customer and --staging also: POST /sessions, POST /checkout of one unit, GET /orders/:id, POST /orders/:id/cancel; nothing is paid',
	],
	why: 'All else may be right, and nobody can buy.',
	fix: 'look at the log of the shop for the step that failed',
	references: ['docs/shop-contract.md'],
	async gather(context) {
		const ask = apiOf(context);
		const shortBy = await whyShort(context);
		const steps = await walkJourney({
			// The same look at the products serves all.
			ask: (request) => (request.path === '/products' ? productPage(context) : ask(request)),
			product: context.loaded.config.audit.product,
			logIn: shortBy === undefined ? () => customerSession(context) : undefined,
			idempotencyKey: `sastaops-${context.host.randomHex(12)}`,
		});
		return {steps, shortBy};
	},
	judge: judgeJourney,
});

async function whyShort(context: AuditContext): Promise<string | undefined> {
	const {permissions, loaded, host} = context;
	if (loaded.config.audit.customer === undefined) return 'audit.customer is not set';
	if (!permissions.staging) return '--staging is not given';
	if (permissions.knowsItIsLive) return undefined;
	const configured = loaded.config.audit.razorpay.keyId ?? host.env['RAZORPAY_KEY_ID'];
	const {keyIds} = await pageKeys(context);
	return [...keyIds, configured].some(isLiveKey) ? 'the payment keys are live' : undefined;
}

export function judgeJourney({steps, shortBy}: JourneyFacts): Finding {
	const last = steps.at(-1);
	const evidence = steps.map(({name, reason}) => `${name}: ${reason}`);
	if (last === undefined) return {verdict: 'skip', reason: 'no step was tried'};
	switch (last.outcome) {
		case 'failed':
			return {verdict: 'fail', subject: last.name, reason: `the journey ends at "${last.name}"`, evidence};
		case 'unclear':
			return {
				verdict: 'inconclusive',
				subject: last.name,
				reason: `"${last.name}" could not be tried: ${last.reason}`,
				evidence,
			};
		case 'absent':
			return {
				verdict: 'skip',
				reason: `the shop does not offer "${last.name}" as docs/shop-contract.md has it`,
				evidence,
			};
		case 'done':
			return shortBy === undefined
				? {verdict: 'pass', reason: 'from the first look to the order', evidence}
				: {verdict: 'pass', reason: `products can be looked at; nothing was ordered: ${shortBy}`, evidence};
		default:
			return last.outcome satisfies never;
	}
}
