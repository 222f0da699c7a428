import {alertKey} from '../alert/alert.js';
import type {CanaryContext} from './context.js';
import type {Decision} from './decide.js';

/** A canary that waits for a person is told of, until it goes on or ends. */
export function tellOfAsking(decision: Decision, {plan, alerts}: Pick<CanaryContext, 'plan' | 'alerts'>): void {
	if (decision.kind === 'ask') {
		alerts.raise({
			key: askAlertKey(plan),
			severity: 'warning',
			title: `The canary of ${plan.version} waits for a decision`,
			text: `${decision.reasons.join('\n')}\nDecide: sastaops canary promote, or sastaops canary abort`,
			facts: [
				['version', plan.version],
				['environment', plan.environment],
				['run', plan.run],
			],
			passesSilence: true,
		});
	} else alerts.resolve(askAlertKey(plan));
	alerts.send();
}

export function askAlertKey({shop}: CanaryContext['plan']): string {
	return alertKey(shop, 'canary', 'asks');
}
