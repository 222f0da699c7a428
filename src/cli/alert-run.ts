import {acknowledgeAlert} from '../alert/acknowledge.js';
import {listAlerts, type NamedStore} from '../alert/list-alerts.js';
import {openRunAlerts, openRunStores, openShopStore} from '../alert/places.js';
import {testReceivers} from '../alert/test-receivers.js';
import {errorMessage, isSastaError} from '../kernel/errors.js';
import type {Answer} from '../kernel/report.js';
import {alertAckAnswer, alertListAnswer, alertTestAnswer} from './alert-answers.js';
import type {Session} from './session.js';

/** For how long, in milliseconds, and who. */
export type AckFlags = {readonly for: number; readonly by?: string};

/** Sends a test to a receiver, or to all of a route. */
export async function testAlerts(session: Session, name: string): Promise<Answer> {
	const {config} = await session.loadConfig();
	const {name: service, environment} = config.shop;
	const tested = await testReceivers({config: config.alerts, name, service, environment}, session.host);
	return alertTestAnswer(session.command, tested);
}

/** What is firing, in all stores. */
export function listOpenAlerts(session: Session): Promise<Answer> {
	return withStores(session, async ({stores, unread}) => {
		const list = await listAlerts(stores, session.host.now());
		return alertListAnswer(session.command, {...list, unread: [...unread, ...list.unread]}, session.host.now());
	});
}

/** Marks an alert as somebody's, for a time. */
export function takeAlert(session: Session, key: string, flags: AckFlags): Promise<Answer> {
	return withStores(session, async ({stores, tellAcks}) => {
		const {env, hostname} = session.host;
		const atMs = session.host.now();
		const by = flags.by ?? env['USER'] ?? env['LOGNAME'] ?? hostname;
		const record = await acknowledgeAlert(stores, key, {by, atMs, untilMs: atMs + flags.for});
		await tellAcks();
		return alertAckAnswer(session.command, record);
	});
}

type Stores = {
	readonly stores: readonly NamedStore[];
	/** What could not even be opened. */
	readonly unread: readonly string[];
	/** Tells the receivers of what sastaops itself keeps; the shop tells its own at its next look. */
	readonly tellAcks: () => Promise<void>;
};

/** The stores of sastaops and, where its database is configured, of the shop. */
async function withStores<T>(session: Session, work: (stores: Stores) => Promise<T>): Promise<T> {
	const {host} = session;
	const loaded = await session.loadConfig();
	const {database} = loaded.config;
	const isConfigured = database !== 'none' && database.uri !== undefined;
	const opened = isConfigured ? await openConfigured(loaded.config, host).catch(asReason) : undefined;
	const connected = typeof opened === 'string' ? undefined : opened;
	const places = {...loaded, state: connected?.state};
	const stores = [
		...(connected === undefined ? [] : [{by: 'the shop', store: openShopStore(connected.db)}]),
		...openRunStores(places, host).map((store) => ({by: 'sastaops', store})),
	];
	const tellAcks = () => openRunAlerts(places, host).close();
	try {
		return await work({stores, unread: typeof opened === 'string' ? [`the shop: ${opened}`] : [], tellAcks});
	} finally {
		await connected?.mongo.close();
	}
}

function asReason(error: unknown): string {
	if (!isSastaError(error)) throw error;
	return errorMessage(error);
}

/** The driver is loaded only where there is a database. */
async function openConfigured(...terms: Parameters<typeof import('../release/world.js').openDatabase>) {
	const {openDatabase} = await import('../release/world.js');
	return openDatabase(...terms);
}
