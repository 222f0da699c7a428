import {join} from 'node:path';
import {type Alert, alertKey} from '../../alert/alert.js';
import {hasRoutes} from '../../alert/delivery-policy.js';
import {openFileAlertStore} from '../../alert/file-store.js';
import {type AlertsParts, openAlerts} from '../../alert/open-alerts.js';
import {openShopStore} from '../../alert/places.js';
import type {AlertsConfig} from '../../kernel/config/alerts.js';
import {pingDatabase} from '../health/checks.js';
import type {Shop} from '../shop.js';
import {newVersion, registrationsDigest} from './news.js';
import {readingsOf} from './readings.js';
import {openTurn} from './turn.js';

export type ShopAlerts = {
	/** Lets go of what is on its way after a short while; another process goes on. */
	close(): Promise<void>;
};

const SERVICE = 'sastabazar';
export const LOOK_EVERY_MS = 10_000;
const CLOSE_MS = 2000;

/**
 * Looks at what the shop counts, one of its processes at a time, and tells what is wrong. That the database does not answer
 * cannot be kept in it: this is kept in a folder, for the processes of one machine. Never in the way of a request.
 */
export function startAlerts(shop: Shop, config: AlertsConfig, everyMs = LOOK_EVERY_MS): ShopAlerts {
	if (!hasRoutes(config)) return {close: async () => undefined};
	const {host, settings, jobs, telemetry} = shop;
	const folder = settings.ALERT_FOLDER;
	const files = openFileAlertStore(join(folder, 'shop-alerts'), host);
	const database = openShopStore(shop.db);
	const parts: Omit<AlertsParts, 'stores'> = {
		config,
		service: SERVICE,
		environment: shop.environment,
		deadLetterFile: join(folder, 'alerts-dead.jsonl'),
		log: (level, message) => telemetry.log.logger?.[level](message),
	};
	const alerts = openAlerts({...parts, stores: [database]}, host);
	const local = openAlerts({...parts, stores: [files]}, host);
	const self = telemetry.metrics.instance;
	const turn = openTurn(database, self, host);
	const localTurn = openTurn(files, self, host);

	const lookAtDatabase = async (): Promise<boolean> => {
		const isUp = (await pingDatabase(shop)).status === 'up';
		const isKnown = (await files.read()).some(({kind}) => kind === 'alert');
		if ((isUp && !isKnown) || !(await localTurn.isOurs())) return isUp;
		local.observe(databaseAlert(shop), isUp ? 'good' : 'bad');
		await local.tick();
		return isUp;
	};

	const look = async () => {
		const version = await newVersion(database, {service: SERVICE, ...shop}, host.now());
		if (version !== undefined) alerts.notice(version);
		// What this process has said it tells itself; all else whoever has the turn.
		if (!(await turn.isOurs())) return version === undefined ? undefined : alerts.tick();
		const report = await telemetry.metrics.report();
		for (const {alert, seen} of readingsOf(report, SERVICE, host.now())) alerts.observe(alert, seen);
		const {registrations} = report.windows['1d'];
		const digest = await registrationsDigest(database, {service: SERVICE, registrations, config}, host.now());
		if (digest !== undefined) alerts.notice(digest);
		await alerts.tick();
	};

	jobs.start({
		name: 'alerts',
		everyMs,
		// It writes nothing that a restore would take away, and must not rest while the database is away.
		isReadOnly: true,
		async run() {
			if (await lookAtDatabase()) await look();
		},
	});
	return {
		async close() {
			await Promise.allSettled([turn.giveBack(), localTurn.giveBack()]);
			await Promise.all([alerts.close(CLOSE_MS), local.close(CLOSE_MS)]);
		},
	};
}

function databaseAlert({environment}: Shop): Alert {
	return {
		key: alertKey(SERVICE, 'database', 'down'),
		severity: 'critical',
		title: 'The database does not answer',
		text: 'The shop can sell nothing: every request that needs data is answered with 503.',
		facts: [['environment', environment]],
	};
}
