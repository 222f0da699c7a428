import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import type {Alert} from '../../src/alert/alert.js';
import {openFileAlertStore} from '../../src/alert/file-store.js';
import {openMongoAlertStore} from '../../src/alert/mongo-store.js';
import {type Alerts, openAlerts} from '../../src/alert/open-alerts.js';
import type {AlertRecord} from '../../src/alert/record.js';
import type {AlertStore} from '../../src/alert/store.js';
import {alerts as schema} from '../../src/kernel/config/alerts.js';
import {runAlertChild} from '../support/alert-child.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost, type TestHost} from '../support/host.js';
import {type HttpReceiver, startHttpReceiver} from '../support/http-receiver.js';
import {freshDatabase} from '../support/mongo.js';

const SECRET = '/services/T000/B000/very-secret-path';
const ALERT: Alert = {
	key: 'sastaops:shop:payments:alarm',
	severity: 'critical',
	title: 'Payments fail',
	text: '',
	facts: [],
};

type Opened = {readonly alerts: Alerts; readonly host: TestHost; readonly log: string[]; readonly folder: string};

type Options = {
	readonly receivers: Readonly<Record<string, string>>;
	readonly folder?: string;
	readonly stores?: readonly AlertStore[];
	readonly now?: () => number;
	readonly config?: object;
	readonly giveUpMs?: number;
};

async function open({
	receivers,
	stores,
	now = Date.now,
	config = {},
	giveUpMs = 300,
	...rest
}: Options): Promise<Opened> {
	const folder = rest.folder ?? (await temporaryFolder());
	const host = makeTestHost({now});
	const log: string[] = [];
	const names = Object.keys(receivers);
	const alerts = openAlerts(
		{
			config: schema.parse({
				receivers: Object.fromEntries(Object.entries(receivers).map(([name, url]) => [name, {kind: 'webhook', url}])),
				routes: {critical: names, warning: names, info: names},
				...config,
			}),
			stores: stores ?? [openFileAlertStore(join(folder, 'alerts'), host)],
			service: 'shop',
			environment: 'test',
			deadLetterFile: join(folder, 'alerts-dead.jsonl'),
			giveUpMs,
			log: (level, message) => void log.push(`${level} ${message}`),
		},
		host,
	);
	onTestFinished(() => alerts.close(100));
	return {alerts, host, log, folder};
}

/** `firing sastaops:…` for each item of each message. */
function told({received}: HttpReceiver): string[][] {
	return received.map(({body}) =>
		(JSON.parse(body) as {items: {event?: string; key: string}[]}).items.map(
			({event, key}) => `${event ?? 'notice'} ${key}`,
		),
	);
}

async function settle({alerts}: Opened): Promise<void> {
	await alerts.tick();
	await alerts.idle();
}

describe('alerts', () => {
	it('tell of a beginning once, and of its end', async () => {
		const receiver = await startHttpReceiver();
		const opened = await open({receivers: {hook: receiver.url}});
		for (let count = 0; count < 3; count++) {
			opened.alerts.raise(ALERT);
			await settle(opened);
		}
		opened.alerts.resolve(ALERT.key);
		await settle(opened);
		opened.alerts.resolve(ALERT.key);
		await settle(opened);
		expect(told(receiver)).toEqual([[`firing ${ALERT.key}`], [`resolved ${ALERT.key}`]]);
	});

	it('are one message to each receiver and look', async () => {
		const [a, b] = [await startHttpReceiver(), await startHttpReceiver()];
		const opened = await open({receivers: {a: a.url, b: b.url}});
		for (const what of ['x', 'y']) opened.alerts.raise({...ALERT, key: `sastaops:shop:${what}:alarm`});
		opened.alerts.notice({...ALERT, key: 'sastaops:shop:deployment:1.2.0'});
		await settle(opened);
		const message = [
			'firing sastaops:shop:x:alarm',
			'firing sastaops:shop:y:alarm',
			'notice sastaops:shop:deployment:1.2.0',
		];
		expect([told(a), told(b)]).toEqual([[message], [message]]);
	});

	it('of a condition wait for its time, and come back from a restart in the midst of it', async () => {
		const receiver = await startHttpReceiver();
		let now = Date.parse('2026-11-24T12:00:00Z');
		const folder = await temporaryFolder();
		const start = () => open({receivers: {hook: receiver.url}, folder, now: () => now});
		const before = await start();
		before.alerts.observe(ALERT, 'bad');
		await settle(before);
		expect(told(receiver)).toEqual([]);
		now += 31_000;
		const after = await start();
		after.alerts.observe(ALERT, 'bad');
		await settle(after);
		expect(told(receiver)).toHaveLength(1);
		after.alerts.observe(ALERT, 'good');
		await settle(after);
		now += 121_000;
		after.alerts.observe(ALERT, 'good');
		await settle(after);
		expect(told(receiver)).toEqual([[`firing ${ALERT.key}`], [`resolved ${ALERT.key}`]]);
	});

	it('of two processes at once are sent by one', async () => {
		const receiver = await startHttpReceiver();
		const database = await freshDatabase();
		onTestFinished(() => database.drop());
		const stores = () => [
			openMongoAlertStore(database.mongo.db(database.name), {collection: 'alerts', prefix: 'alert:'}),
		];
		const processes = await Promise.all(
			Array.from({length: 4}, () => open({receivers: {hook: receiver.url}, stores: stores()})),
		);
		for (const what of ['x', 'y', 'z']) {
			for (const {alerts} of processes) alerts.raise({...ALERT, key: `sastaops:shop:${what}:alarm`});
			await Promise.all(processes.map(settle));
		}
		await Promise.all(processes.map(settle));
		expect(told(receiver).flat().sort()).toEqual(['x', 'y', 'z'].map((what) => `firing sastaops:shop:${what}:alarm`));
	});

	it.each(['alert.claimed', 'alert.sent'])('survive a kill -9 at %s: the next process tells of it', async (point) => {
		const receiver = await startHttpReceiver();
		const folder = await temporaryFolder();
		const task = {kind: 'raise', folder, url: receiver.url, key: ALERT.key} as const;
		const killed = await runAlertChild(task, `${point}=kill`);
		expect(killed).toMatchObject({signal: 'SIGKILL'});
		const sent = receiver.received.length;
		expect(sent).toBe(point === 'alert.sent' ? 1 : 0);

		const soon = await open({receivers: {hook: receiver.url}, folder});
		await settle(soon);
		expect(receiver.received).toHaveLength(sent);
		const later = await open({receivers: {hook: receiver.url}, folder, now: () => Date.now() + 31_000});
		await settle(later);
		expect(receiver.received).toHaveLength(sent + 1);
		// A receiver can tell that it has had it.
		const ids = receiver.received.map(({headers}) => headers['idempotency-key']);
		expect(new Set(ids).size).toBe(1);
	});

	it('reach the others when one receiver hangs, and are given up in time, with a letter that names no secret', async () => {
		const [hanging, fine] = [await startHttpReceiver(), await startHttpReceiver()];
		hanging.behave({status: 500, body: 'oops'});
		const opened = await open({receivers: {a: hanging.url + SECRET, b: fine.url}});
		opened.alerts.raise(ALERT);
		await settle(opened);
		expect(told(fine)).toHaveLength(1);
		const file = join(opened.folder, 'alerts-dead.jsonl');
		const letters = (await readFile(file, 'utf8')).trim().split('\n');
		expect(letters).toHaveLength(1);
		expect(JSON.parse(letters[0] ?? '')).toMatchObject({
			receiver: 'a',
			items: [{event: 'firing', severity: 'critical', title: 'Payments fail'}],
		});
		expect((await stat(file)).mode & 0o777).toBe(0o600);
		expect(opened.log.join()).toContain(file);
		const stored = JSON.stringify(await openFileAlertStore(join(opened.folder, 'alerts'), opened.host).read());
		for (const place of [letters.join(), opened.log.join(), stored]) expect(place).not.toContain('very-secret-path');

		// Not at once again, and not never.
		await settle(opened);
		expect(told(fine)).toHaveLength(1);
		hanging.behave({status: 200});
		const before = hanging.received.length;
		const later = await open({
			receivers: {a: hanging.url + SECRET, b: fine.url},
			folder: opened.folder,
			now: () => Date.now() + 301_000,
		});
		await settle(later);
		expect(hanging.received).toHaveLength(before + 1);
	});

	it.each([
		[{status: 429, headers: {'retry-after': '1'}}, 2],
		[{status: 503}, 2],
		['break-off', 2],
		[{status: 404}, 1],
	] as const)('to a receiver that at first says %j come %d times', async (behaviour, count) => {
		const receiver = await startHttpReceiver();
		receiver.behave(behaviour, {status: 200});
		const opened = await open({receivers: {hook: receiver.url}, giveUpMs: 10_000});
		opened.alerts.raise(ALERT);
		await settle(opened);
		expect(receiver.received).toHaveLength(count);
	});

	it('hide the secrets that the host knows in what they say', async () => {
		const receiver = await startHttpReceiver();
		const opened = await open({receivers: {hook: receiver.url}});
		opened.host.addSecret('a-password-of-mongodb');
		opened.alerts.raise({
			...ALERT,
			text: 'cannot log in with a-password-of-mongodb',
			facts: [['x', 'a-password-of-mongodb']],
		});
		await settle(opened);
		expect(receiver.received[0]?.body).not.toContain('a-password-of-mongodb');
	});

	it('are sent where no store answers, and looked after by whichever does', async () => {
		const receiver = await startHttpReceiver();
		let isAway = true;
		const file = openFileAlertStore(join(await temporaryFolder(), 'alerts'), makeTestHost());
		const refusing = async () => {
			if (isAway) throw new Error('no server');
		};
		const away: AlertStore = {
			title: 'a database',
			read: () => refusing().then(file.read),
			write: (next) => refusing().then(() => file.write(next)),
			remove: (record) => refusing().then(() => file.remove(record)),
		};
		const opened = await open({receivers: {hook: receiver.url}, stores: [away]});
		opened.alerts.raise(ALERT);
		await settle(opened);
		await settle(opened);
		expect(told(receiver)).toHaveLength(1);
		expect(opened.log.filter((line) => line.includes('a database does not answer'))).toHaveLength(1);
		isAway = false;
		opened.alerts.resolve(ALERT.key);
		await settle(opened);
		expect(told(receiver)).toEqual([[`firing ${ALERT.key}`], [`resolved ${ALERT.key}`]]);
	});

	it('wait in a silence', async () => {
		const receiver = await startHttpReceiver();
		let now = Date.parse('2026-11-24T12:00:00Z');
		const opened = await open({receivers: {hook: receiver.url}, now: () => now});
		opened.alerts.silence(now + 60_000, 'a rollback');
		opened.alerts.raise(ALERT);
		await settle(opened);
		expect(told(receiver)).toEqual([]);
		now += 60_000;
		await settle(opened);
		expect(told(receiver)).toEqual([[`firing ${ALERT.key}`]]);
	});

	it('that nobody is to be told cost nothing', async () => {
		const store: AlertStore = {
			title: 'none',
			read: () => Promise.reject(new Error('it was asked')),
			write: () => Promise.reject(new Error('it was asked')),
			remove: () => Promise.reject(new Error('it was asked')),
		};
		const {alerts, log} = await open({receivers: {}, stores: [store]});
		alerts.raise(ALERT);
		await alerts.tick();
		await alerts.close();
		expect(log).toEqual([]);
	});

	it('keep the words of the last bad look, with the severity that it had', async () => {
		const receiver = await startHttpReceiver();
		const opened = await open({receivers: {hook: receiver.url}});
		opened.alerts.raise({...ALERT, severity: 'warning', title: 'Some payments fail'});
		await settle(opened);
		opened.alerts.raise({...ALERT, title: 'All payments fail'});
		await settle(opened);
		expect(told(receiver)).toEqual([[`firing ${ALERT.key}`], [`worse ${ALERT.key}`]]);
		const [record] = await openFileAlertStore(join(opened.folder, 'alerts'), opened.host).read();
		expect((record as AlertRecord).alert).toMatchObject({severity: 'critical', title: 'All payments fail'});
	});
});
