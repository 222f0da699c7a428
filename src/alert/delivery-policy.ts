import type {AlertsConfig} from '../kernel/config/alerts.js';
import {durationMs} from '../kernel/duration.js';
import type {ConditionRule} from './condition.js';
import type {DeliveryPolicy} from './plan-delivery.js';
import type {QuietHours} from './quiet-hours.js';

/** After a receiver was given up: until it is tried again. */
const FAILURE_REST_MS = 300_000;

export function deliveryPolicy({routes, receivers, quiet, resend}: AlertsConfig): DeliveryPolicy {
	return {
		routes,
		receivers,
		quiet: quiet && quietHours(quiet),
		resendMs: durationMs(resend),
		failureRestMs: FAILURE_REST_MS,
	};
}

/** How long a condition must hold, or be over, unless whoever observes it says otherwise. */
export function conditionRule({for: {bad, good}}: AlertsConfig): ConditionRule {
	return {badForMs: durationMs(bad), goodForMs: durationMs(good)};
}

/** Whether anybody is told of anything. */
export function hasRoutes({routes}: AlertsConfig): boolean {
	return Object.values(routes).some((names) => names.length > 0);
}

/** Minutes of the day of `22:00`. */
export function minutesOf(clock: string): number {
	const [hours = 0, minutes = 0] = clock.split(':').map(Number);
	return hours * 60 + minutes;
}

function quietHours({from, to, timezone}: NonNullable<AlertsConfig['quiet']>): QuietHours {
	return {fromMinute: minutesOf(from), toMinute: minutesOf(to), timezone};
}
