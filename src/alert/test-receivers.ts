import type {AlertsConfig} from '../kernel/config/alerts.js';
import {durationMs} from '../kernel/duration.js';
import {errorMessage, SastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {DeliveryItem} from '../ports/alerts/receiver.js';
import {alertKey} from './alert.js';
import {openReceivers} from './open-receivers.js';

export type TestedReceiver = {
	readonly name: string;
	readonly title: string;
	/** What it answered to each message, or why it took none. */
	readonly steps: readonly {readonly what: string; readonly isTaken: boolean; readonly answer: string}[];
};

export type TestRequest = {
	readonly config: AlertsConfig;
	/** A receiver, or a route: critical, warning, info. */
	readonly name: string;
	readonly service: string;
	readonly environment: string;
};

const TIMEOUT_MS = 15_000;

/**
 * Really sends an alert that says it is a test, then its end, once each, past all stores, silences and quiet hours.
 * @throws SastaError ALERT_RECEIVER_UNKNOWN, ALERT_ROUTE_EMPTY
 */
export async function testReceivers(request: TestRequest, host: Host): Promise<TestedReceiver[]> {
	const {config} = request;
	const names = namesOf(request);
	const receivers = openReceivers(config, host);
	const now = host.now();
	try {
		return await Promise.all(
			names.map(async (name): Promise<TestedReceiver> => {
				const receiver = await receivers.open(name);
				const steps: TestedReceiver['steps'][number][] = [];
				for (const {what, item} of stepsOf(request, name, now)) {
					const delivery = {
						id: host.randomHex(16),
						service: request.service,
						environment: request.environment,
						sentAtMs: host.now(),
						resendMs: durationMs(config.resend),
						isTest: true,
						items: [item],
					};
					const signal = AbortSignal.any([host.signal, AbortSignal.timeout(TIMEOUT_MS)]);
					try {
						steps.push({what, isTaken: true, answer: await receiver.send(delivery, signal)});
					} catch (error) {
						steps.push({what, isTaken: false, answer: host.redact(errorMessage(error))});
						break;
					}
				}
				return {name, title: receiver.title, steps};
			}),
		);
	} finally {
		await receivers.close();
	}
}

function namesOf({config: {routes, receivers}, name}: TestRequest): readonly string[] {
	if (receivers[name] !== undefined) return [name];
	const isRoute = name === 'critical' || name === 'warning' || name === 'info';
	if (!isRoute) {
		const known = [...Object.keys(receivers), 'critical', 'warning', 'info'].join(', ');
		throw new SastaError('ALERT_RECEIVER_UNKNOWN', `There is no receiver and no route ${name}`, {
			hint: `Use one of ${known}; or name it in alerts.receivers of sastaops.yaml: docs/alerts.md`,
		});
	}
	if (routes[name].length > 0) return routes[name];
	throw new SastaError('ALERT_ROUTE_EMPTY', `Nobody is told of what is ${name}`, {
		hint: `Name receivers in alerts.routes.${name} of sastaops.yaml: docs/alerts.md`,
	});
}

function stepsOf(
	{config: {routes}, name, service}: TestRequest,
	receiver: string,
	nowMs: number,
): {readonly what: string; readonly item: DeliveryItem}[] {
	const route = (['critical', 'warning', 'info'] as const).find(
		(severity) => name === severity || (name === receiver && routes[severity].includes(receiver)),
	);
	const message = {
		key: alertKey(service, 'test', 'alert'),
		severity: route ?? ('info' as const),
		title: `A test of ${receiver}`,
		text: 'Somebody typed "sastaops alert test". Nothing is wrong; its end follows at once.',
		facts: [['receiver', receiver]] as const,
	};
	const isOfNotices = routes.info.includes(receiver);
	return [
		{what: 'alert', item: {kind: 'alert', event: 'firing', message, sinceMs: nowMs}},
		{what: 'its end', item: {kind: 'alert', event: 'resolved', message, sinceMs: nowMs, endedMs: nowMs}},
		...(isOfNotices
			? [
					{
						what: 'notice',
						item: {
							kind: 'notice' as const,
							message: {...message, key: alertKey(service, 'test', 'notice'), severity: 'info' as const},
							atMs: nowMs,
						},
					},
				]
			: []),
	];
}
