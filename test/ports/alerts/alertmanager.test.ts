import {describe, expect, it} from 'vitest';
import {openAlertmanager} from '../../../src/ports/alerts/alertmanager.js';
import {alertmanagerPath, startAlertmanager} from '../../support/alertmanager.js';
import {makeTestHost} from '../../support/host.js';
import {alertItem, delivery, NOTICE} from './sample.js';

const never = new AbortController().signal;

type Group = {
	readonly status: string;
	readonly alerts: readonly {readonly status: string; readonly labels: Readonly<Record<string, string>>}[];
};

describe.skipIf(alertmanagerPath() === undefined)('a real Alertmanager', () => {
	it('receives, groups and resolves', async () => {
		const alertmanager = await startAlertmanager();
		const port = openAlertmanager({name: 'am', url: alertmanager.url, labels: {team: 'shop'}}, makeTestHost());
		const slow = {key: 'sastaops:sastabazar:checkout_latency:slow', severity: 'warning' as const, title: 'Slow'};
		const now = () => ({sentAtMs: Date.now()});
		const items = [alertItem(), alertItem('firing', slow)];
		expect(await port.send(delivery(items, now()), never)).toBe('Alertmanager answers 200');

		const known = await alertmanager.alerts();
		expect(known.map(({labels}) => labels['alertname']).sort()).toEqual([
			'checkout_latency_slow',
			'payment_success_alarm',
		]);
		expect(known.find(({labels}) => labels['severity'] === 'critical')).toMatchObject({
			labels: {service: 'sastabazar', environment: 'production', team: 'shop'},
			annotations: {summary: 'Payments fail', runbook_url: 'https://shop.example/runbook'},
		});
		const hours = (Date.parse(known[0]?.endsAt ?? '') - Date.now()) / 3_600_000;
		expect(hours).toBeGreaterThan(11.9);
		expect(hours).toBeLessThanOrEqual(12);

		const [first] = await alertmanager.told.has(1);
		const group = JSON.parse(first?.body ?? '') as Group;
		expect(group.status).toBe('firing');
		expect(group.alerts).toHaveLength(2);

		await port.send(delivery([alertItem('again')], now()), never);
		expect(await alertmanager.alerts()).toHaveLength(2);

		await port.send(delivery([alertItem('resolved'), alertItem('resolved', slow)], now()), never);
		const told = await alertmanager.told.has(2);
		const last = JSON.parse(told.at(-1)?.body ?? '') as Group;
		expect(last.alerts.some(({status}) => status === 'resolved')).toBe(true);
		expect(await alertmanager.alerts()).toEqual([]);
	});

	it('knows what gets worse as one alert, not as two', async () => {
		const alertmanager = await startAlertmanager();
		const port = openAlertmanager({name: 'am', url: alertmanager.url}, makeTestHost());
		await port.send(delivery([alertItem('firing', {severity: 'warning'})], {sentAtMs: Date.now()}), never);
		await port.send(delivery([{...alertItem('worse'), toldSeverity: 'warning'}], {sentAtMs: Date.now()}), never);
		const known = await alertmanager.alerts();
		expect(known.map(({labels}) => labels['severity'])).toEqual(['critical']);
	});

	it('takes a notice as what ends by itself', async () => {
		const alertmanager = await startAlertmanager();
		const port = openAlertmanager({name: 'am', url: alertmanager.url}, makeTestHost());
		await port.send(delivery([{...NOTICE, atMs: Date.now()}], {sentAtMs: Date.now()}), never);
		const [known] = await alertmanager.alerts();
		expect(known?.labels['severity']).toBe('info');
		expect(Date.parse(known?.endsAt ?? '') - Date.now()).toBeLessThanOrEqual(300_000);
	});
});
