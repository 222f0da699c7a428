import type {AlertEvent, AlertItem, Delivery, DeliveryItem, NoticeItem} from '../../../src/ports/alerts/receiver.js';

export const SINCE = Date.parse('2026-11-24T12:00:00Z');

export function alertItem(event: AlertEvent = 'firing', overrides: Partial<AlertItem['message']> = {}): AlertItem {
	return {
		kind: 'alert',
		event,
		sinceMs: SINCE,
		...(event === 'resolved' ? {endedMs: SINCE + 600_000} : {}),
		...(event === 'acknowledged' ? {ack: {by: 'asha', untilMs: SINCE + 3_600_000}} : {}),
		message: {
			key: 'sastaops:sastabazar:payment_success:alarm',
			severity: 'critical',
			title: 'Payments fail',
			text: 'Only 81 % of payments of the last 5 minutes were dealt with',
			facts: [['failed', '12 of 63']],
			url: 'https://shop.example/dashboard?a=1&b=2',
			runbook: 'https://shop.example/runbook',
			...overrides,
		},
	};
}

export const NOTICE: NoticeItem = {
	kind: 'notice',
	atMs: SINCE,
	message: {
		key: 'sastaops:sastabazar:deployment:1.2.0',
		severity: 'info',
		title: '1.2.0 is deployed',
		text: '',
		facts: [['commit', '4f2c91e']],
	},
};

export function delivery(items: readonly DeliveryItem[], overrides: Partial<Delivery> = {}): Delivery {
	return {
		id: 'delivery-1',
		service: 'sastabazar',
		environment: 'production',
		sentAtMs: SINCE + 1000,
		resendMs: 14_400_000,
		isTest: false,
		items,
		...overrides,
	};
}
