/** What payments look things up by; the unique ones are what makes a repeated event or order have one effect. */
export const PAYMENT_INDEXES = {
	webhook_events: [
		{keys: {subject: 1}, unique: true},
		{keys: {state: 1, nextTryAt: 1}},
		// Long after the last delivery that would still count; those that failed stay for somebody to look at.
		{keys: {doneAt: 1}, expireAfterSeconds: 90 * 86_400},
	],
	payments: [{keys: {'refund.state': 1, 'refund.nextTryAt': 1}}],
} as const;

/** Of the orders; not unique, since orders that the provider does not know yet have none. */
export const PROVIDER_ORDER_INDEX = {keys: {'provider.orderId': 1}} as const;
