import type {AlertsConfig, ReceiverConfig} from '../kernel/config/alerts.js';
import type {ReceiverHost} from '../ports/alerts/post.js';
import type {Receiver} from '../ports/alerts/receiver.js';

/** The receivers of a configuration, each loaded when it is first needed. */
export type Receivers = {
	open(name: string): Promise<Receiver>;
	close(): Promise<void>;
};

export function openReceivers({receivers}: Pick<AlertsConfig, 'receivers'>, host: ReceiverHost): Receivers {
	const opened = new Map<string, Promise<Receiver>>();
	return {
		open(name) {
			const known = opened.get(name);
			if (known !== undefined) return known;
			const config = receivers[name];
			if (config === undefined) throw new Error(`no receiver is called ${name}`);
			const opening = openReceiver(name, config, host);
			opened.set(name, opening);
			return opening;
		},
		async close() {
			await Promise.allSettled([...opened.values()].map(async (receiver) => (await receiver).close()));
		},
	};
}

async function openReceiver(name: string, config: ReceiverConfig, host: ReceiverHost): Promise<Receiver> {
	switch (config.kind) {
		case 'slack': {
			const {openSlack} = await import('../ports/alerts/slack.js');
			return openSlack({name, ...config}, host);
		}
		case 'pagerduty': {
			const {openPagerDuty} = await import('../ports/alerts/pagerduty.js');
			return openPagerDuty({name, ...config}, host);
		}
		case 'alertmanager': {
			const {openAlertmanager} = await import('../ports/alerts/alertmanager.js');
			return openAlertmanager({name, ...config}, host);
		}
		case 'webhook': {
			const {openWebhook} = await import('../ports/alerts/webhook.js');
			return openWebhook({name, ...config}, host);
		}
		case 'email': {
			const {openEmail} = await import('../ports/alerts/email.js');
			return openEmail({name, ...config}, host);
		}
		default:
			return config satisfies never;
	}
}
