import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {openFileAlertStore} from '../../src/alert/file-store.js';
import {openAlerts} from '../../src/alert/open-alerts.js';
import type {MemoRecord} from '../../src/alert/record.js';
import {changeRecord} from '../../src/alert/store.js';
import {alerts as alertsSchema} from '../../src/kernel/config/alerts.js';
import {makeFault} from '../../src/kernel/fault.js';
import type {AlertChildTask} from './alert-child.js';

const task = JSON.parse(process.argv[2] ?? '') as AlertChildTask;
const host = {
	now: Date.now,
	monotonicMs: () => performance.now(),
	sleep: async (ms: number, signal?: AbortSignal) => void (await delay(ms, undefined, signal ? {signal} : {})),
	randomHex: (bytes: number) => randomBytes(bytes).toString('hex'),
	redact: (text: string) => text,
	addSecret: () => undefined,
	fault: makeFault(process.env, {
		kill: (signal) => void process.kill(process.pid, signal),
		exit: (code) => process.exit(code),
	}),
};

if (task.kind === 'count') {
	const store = openFileAlertStore(task.folder, host);
	for (let time = 0; time < task.times; time++) {
		await changeRecord<MemoRecord>(store, task.key, (known) => ({
			kind: 'memo',
			key: task.key,
			version: known?.version ?? 0,
			memo: Number(known?.memo ?? 0) + 1,
		}));
	}
} else {
	const alerts = openAlerts(
		{
			config: alertsSchema.parse({
				receivers: {hook: {kind: 'webhook', url: task.url}},
				routes: {critical: ['hook']},
			}),
			stores: [openFileAlertStore(join(task.folder, 'alerts'), host)],
			service: 'sastabazar',
			environment: 'test',
			deadLetterFile: join(task.folder, 'alerts-dead.jsonl'),
			log: (level, message) => void process.stderr.write(`${level} ${message}\n`),
		},
		host,
	);
	alerts.raise({key: task.key, severity: 'critical', title: 'Payments fail', text: '', facts: []});
	await alerts.close();
}
