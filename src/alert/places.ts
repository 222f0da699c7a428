import {join} from 'node:path';
import type {Db} from 'mongodb';
import type {Config} from '../kernel/config/schema.js';
import {CONTROL_COLLECTION} from '../kernel/control-collection.js';
import type {Host} from '../kernel/host.js';
import {openFileAlertStore} from './file-store.js';
import {openMongoAlertStore} from './mongo-store.js';
import {type Alerts, openAlerts} from './open-alerts.js';
import type {AlertStore} from './store.js';

/** What the shop itself says is wrong. */
export function openShopStore(db: Db): AlertStore {
	return openMongoAlertStore(db, {collection: CONTROL_COLLECTION, prefix: 'alert:'});
}

export type RunPlaces = {
	readonly config: Config;
	/** Folder of the configuration file. */
	readonly root: string;
	/** The state database; undefined where there is none, or it does not answer. */
	readonly state: Db | undefined;
};

/** What sastaops' own runs say is wrong: in the state database, and on this machine where that cannot be had. */
export function openRunStores({config, root, state}: RunPlaces, host: Pick<Host, 'randomHex'>): AlertStore[] {
	const name = config.database === 'none' ? config.shop.name : config.database.name;
	return [
		...(state === undefined ? [] : [openMongoAlertStore(state, {collection: 'alerts', prefix: `alert:${name}:`})]),
		openFileAlertStore(join(root, '.sastaops', 'alerts'), host),
	];
}

/** A command waits for its alerts at its end, and not for long. */
const RUN_GIVE_UP_MS = 8000;

/** The alerts of a run: a release, a canary, a watch. Whoever opens them closes them. */
export function openRunAlerts(places: RunPlaces, host: Host): Alerts {
	const {config, root} = places;
	return openAlerts(
		{
			config: config.alerts,
			stores: openRunStores(places, host),
			service: config.shop.name,
			environment: config.shop.environment,
			deadLetterFile: join(root, '.sastaops', 'alerts-dead.jsonl'),
			giveUpMs: RUN_GIVE_UP_MS,
			log: (level, message) => host.emit({type: 'log', level, message}),
		},
		host,
	);
}
