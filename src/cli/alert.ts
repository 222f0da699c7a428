import {type Command, InvalidArgumentError} from 'commander';
import type {NamedStore} from '../alert/list-alerts.js';
import {parseDuration} from '../kernel/duration.js';
import {errorMessage, isSastaError} from '../kernel/errors.js';
import type {Actions, Session} from './session.js';

type AckFlags = {readonly for: number; readonly by?: string};

const ACK_MS = 8 * 3_600_000;

export function addAlert(program: Command, actions: Actions): void {
	const alert = program
		.command('alert')
		.helpGroup('Watch:')
		.description('Who is told of what: try it, see what is wrong, say that you are at it');

	alert
		.command('test')
		.argument('<receiver>', 'a receiver of sastaops.yaml, or a route: critical, warning, info')
		.description('Really send an alert that says it is a test, and its end')
		.action(
			actions.run(async (session, name: string) => {
				const [{testReceivers}, {alertTestAnswer}] = await Promise.all([
					import('../alert/test-receivers.js'),
					import('./alert-answers.js'),
				]);
				const {config} = await session.loadConfig();
				const {name: service, environment} = config.shop;
				const tested = await testReceivers({config: config.alerts, name, service, environment}, session.host);
				return alertTestAnswer(session.command, tested);
			}),
		);

	alert
		.command('list')
		.description('What is firing, since when, and who is at it')
		.action(
			actions.run((session) =>
				withStores(session, async ({stores, unread}) => {
					const [{listAlerts}, {alertListAnswer}] = await Promise.all([
						import('../alert/list-alerts.js'),
						import('./alert-answers.js'),
					]);
					const list = await listAlerts(stores, session.host.now());
					return alertListAnswer(session.command, {...list, unread: [...unread, ...list.unread]}, session.host.now());
				}),
			),
		);

	alert
		.command('ack')
		.argument('<key>', 'the key of a firing alert, or its end: payment_success:alarm')
		.description('Say that you are at it: it is not told again until your time is up, it gets worse, or ends')
		.option('--for <duration>', 'your time', parseTime, ACK_MS)
		.option('--by <name>', 'who you are; without it your user name')
		.action(
			actions.run((session, key: string, flags: AckFlags) =>
				withStores(session, async ({stores, tellAcks}) => {
					const [{acknowledgeAlert}, {alertAckAnswer}] = await Promise.all([
						import('../alert/acknowledge.js'),
						import('./alert-answers.js'),
					]);
					const {env, hostname} = session.host;
					const atMs = session.host.now();
					const by = flags.by ?? env['USER'] ?? env['LOGNAME'] ?? hostname;
					const record = await acknowledgeAlert(stores, key, {by, atMs, untilMs: atMs + flags.for});
					await tellAcks();
					return alertAckAnswer(session.command, record);
				}),
			),
		);
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
	const [{openRunAlerts, openRunStores, openShopStore}, {openDatabase}] = await Promise.all([
		import('../alert/places.js'),
		import('../release/world.js'),
	]);
	const isConfigured = database !== 'none' && database.uri !== undefined;
	const opened = isConfigured ? await openDatabase(loaded.config, host).catch(asReason) : undefined;
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

function parseTime(text: string): number {
	const ms = parseDuration(text);
	if (ms === undefined || ms <= 0) throw new InvalidArgumentError('must be a duration such as 30m, 8h or 2d.');
	return ms;
}
